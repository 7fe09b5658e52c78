//! The model's texts, with their limits. Answers have them as requests have.

use crate::shape::{FREE, Limits};
use crate::strings;

strings! {
    /// The model's `AliasNameType`.
    AliasName: Limits {
        min: Some(1),
        max: Some(256),
        pattern: Some(r"^[a-zA-Z0-9:/_-]+$"),
    };
    /// The model's `ArnType`.
    KeyArn: Limits { min: Some(20), max: Some(2_048), ..FREE };
    /// The model's `BackingKeyIdType`.
    BackingKeyId: Limits { min: Some(64), max: Some(64), pattern: Some(r"^[a-f0-9]+$") };
    /// The model's `CloudHsmClusterIdType`.
    CloudHsmClusterId: Limits {
        min: Some(19),
        max: Some(24),
        pattern: Some("cluster-[2-7a-zA-Z]{11,16}"),
    };
    /// The model's `CustomKeyStoreIdType`.
    CustomKeyStoreId: Limits { min: Some(1), max: Some(64), ..FREE };
    /// The model's `DescriptionType`.
    Description: Limits { min: Some(0), max: Some(8_192), ..FREE };
    /// The model's `GrantTokenType`.
    GrantToken: Limits { min: Some(1), max: Some(8_192), ..FREE };
    /// The model's `KeyIdType`.
    KeyId: Limits { min: Some(1), max: Some(2_048), ..FREE };
    /// The model's `MarkerType`.
    Marker: Limits { min: Some(1), max: Some(1_024), pattern: Some(r"[\u0020-\u00FF]*") };
    /// The model's `PolicyNameType`.
    PolicyName: Limits { min: Some(1), max: Some(128), pattern: Some(r"[\w]+") };
    /// The model's `PolicyType`.
    PolicyText: Limits {
        min: Some(1),
        max: Some(131_072),
        pattern: Some(r"[\u0009\u000A\u000D\u0020-\u00FF]+"),
    };
    /// The model's `RegionType`.
    Region: Limits { min: Some(1), max: Some(32), pattern: Some(r"^([a-z]+-){2,3}\d+$") };
    /// The model's `TagKeyType`.
    TagKey: Limits { min: Some(1), max: Some(128), ..FREE };
    /// The model's `TagValueType`.
    TagValue: Limits { min: Some(0), max: Some(256), ..FREE };
    /// The model's `XksKeyIdType`.
    XksKeyId: Limits { min: Some(1), max: Some(128), pattern: Some(r"^[a-zA-Z0-9-_.]+$") };
}
