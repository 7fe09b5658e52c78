//! The macros that declare shapes.

/// Declares a structure: its members by wire name and type. An `Option` may be left out.
#[macro_export]
macro_rules! shape {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$member_meta:meta])* $field:ident: $wire:literal => $type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize)]
        pub struct $name {
            $(
                $(#[$member_meta])*
                #[serde(rename = $wire, skip_serializing_if = "crate::shape::Shape::is_absent")]
                pub $field: $type,
            )*
        }

        impl $crate::shape::Shape for $name {
            fn accept(
                value: &mut serde_json::Value, path: &$crate::shape::Path<'_>,
                violations: &mut $crate::shape::Violations,
            ) -> Option<Self> {
                let serde_json::Value::Object(object) = value else {
                    violations.add(Some(value), path, "Member must be an object");
                    return None;
                };
                // A structure without members takes nothing out of it.
                let _ = &object;
                $(
                    let member = $crate::shape::Path::Member(path, $wire);
                    let $field = $crate::shape::member(object, &member, violations);
                )*
                Some(Self { $($field: $field?),* })
            }

            fn describe() -> $crate::shape::Description {
                $crate::shape::Description::Structure {
                    members: vec![$($crate::shape::MemberDescription {
                        name: $wire,
                        required: !<$type as $crate::shape::Shape>::OPTIONAL,
                        shape: <$type as $crate::shape::Shape>::describe(),
                        is_secret: <$type as $crate::shape::Shape>::IS_SECRET,
                    }),*],
                }
            }
        }
    };
}

/// Makes shapes of enums that list `ALL` their values and name each with `as_str`; on the wire the
/// name is what counts.
#[macro_export]
macro_rules! enum_shapes {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::shape::Shape for $name {
            fn accept(
                value: &mut serde_json::Value, path: &$crate::shape::Path<'_>,
                violations: &mut $crate::shape::Violations,
            ) -> Option<Self> {
                let text = value.as_str();
                let found = Self::ALL.iter().copied().find(|each| Some(each.as_str()) == text);
                if found.is_none() {
                    let names: Vec<_> = Self::ALL.iter().map(|each| each.as_str()).collect();
                    let names = names.join(", ");
                    let text = format!("Member must satisfy enum value set: [{names}]");
                    violations.add(Some(value), path, &text);
                }
                found
            }

            fn describe() -> $crate::shape::Description {
                $crate::shape::Description::String {
                    min: None,
                    max: None,
                    pattern: None,
                    values: Some(Self::ALL.iter().map(|each| each.as_str()).collect()),
                }
            }
        }
    )+};
}

/// Declares kinds of strings, each with its limits.
#[macro_export]
macro_rules! strings {
    ($($(#[$meta:meta])* $name:ident: $limits:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        pub struct $name(pub String);

        impl $name {
            const LIMITS: $crate::shape::Limits = $limits;
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl $crate::shape::Shape for $name {
            fn accept(
                value: &mut serde_json::Value, path: &$crate::shape::Path<'_>,
                violations: &mut $crate::shape::Violations,
            ) -> Option<Self> {
                static REGEX: std::sync::LazyLock<Option<regex::Regex>> =
                    std::sync::LazyLock::new(|| $crate::shape::text::whole($name::LIMITS.pattern));
                let regex = REGEX.as_ref();
                let accepted =
                    $crate::shape::text::check(value, &Self::LIMITS, regex, path, violations);
                $crate::shape::text::take(value).filter(|_| accepted).map(Self)
            }

            fn describe() -> $crate::shape::Description {
                let $crate::shape::Limits { min, max, pattern } = Self::LIMITS;
                $crate::shape::Description::String { min, max, pattern, values: None }
            }
        }
    )+};
}

/// Declares enums of the wire: names of ours for names of the model.
#[macro_export]
macro_rules! names {
    ($($(#[$meta:meta])* pub enum $name:ident { $($value:ident = $wire:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
        #[allow(missing_docs, reason = "the names are the model's")]
        pub enum $name {
            $(#[serde(rename = $wire)] $value),+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $wire),+
                }
            }
        }

        $crate::enum_shapes! { $name }
    )+};
}
