//! Shapes: organizational units, and who is under whom.

use super::{
    ChildId, ChildType, NextToken, OrganizationalUnitArn, OrganizationalUnitId,
    OrganizationalUnitName, ParentId, ParentType, Path, TagKey, TagValue,
};
use crate::shape;
use crate::shape::SmallPageSize;

shape! {
    /// A tag.
    pub struct Tag {
        /// Its key.
        key: "Key" => TagKey,
        /// Its value.
        value: "Value" => TagValue,
    }
}

shape! {
    /// Input of CreateOrganizationalUnit.
    pub struct CreateOrganizationalUnitRequest {
        /// The root or an OU.
        parent_id: "ParentId" => ParentId,
        /// Its name.
        name: "Name" => OrganizationalUnitName,
        /// Not kept; leave them out.
        tags: "Tags" => Option<Vec<Tag>>,
    }
}

shape! {
    /// An OU.
    pub struct OrganizationalUnit {
        /// Its id.
        id: "Id" => Option<OrganizationalUnitId>,
        /// Its ARN.
        arn: "Arn" => Option<OrganizationalUnitArn>,
        /// Its name.
        name: "Name" => Option<OrganizationalUnitName>,
        /// The ids from the organization down to it.
        path: "Path" => Option<Path>,
    }
}

shape! {
    /// An OU.
    pub struct UnitAnswer {
        /// The OU.
        organizational_unit: "OrganizationalUnit" => Option<OrganizationalUnit>,
    }
}

shape! {
    /// An OU.
    pub struct UnitRequest {
        /// Which OU.
        organizational_unit_id: "OrganizationalUnitId" => OrganizationalUnitId,
    }
}

shape! {
    /// Input of UpdateOrganizationalUnit.
    pub struct UpdateOrganizationalUnitRequest {
        /// Which OU.
        organizational_unit_id: "OrganizationalUnitId" => OrganizationalUnitId,
        /// Its name.
        name: "Name" => Option<OrganizationalUnitName>,
    }
}

shape! {
    /// A page of what is directly under a parent.
    pub struct ParentPageRequest {
        /// The root or an OU.
        parent_id: "ParentId" => ParentId,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
        /// How many at most.
        max_results: "MaxResults" => Option<SmallPageSize>,
    }
}

shape! {
    /// Output of ListOrganizationalUnitsForParent.
    pub struct ListOrganizationalUnitsForParentResponse {
        /// A page.
        organizational_units: "OrganizationalUnits" => Option<Vec<OrganizationalUnit>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}

shape! {
    /// Input of ListParents.
    pub struct ListParentsRequest {
        /// An account or an OU.
        child_id: "ChildId" => ChildId,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
        /// How many at most.
        max_results: "MaxResults" => Option<SmallPageSize>,
    }
}

shape! {
    /// A parent.
    pub struct Parent {
        /// Its id.
        id: "Id" => Option<ParentId>,
        /// Which kind.
        kind: "Type" => Option<ParentType>,
    }
}

shape! {
    /// Output of ListParents.
    pub struct ListParentsResponse {
        /// The one parent.
        parents: "Parents" => Option<Vec<Parent>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}

shape! {
    /// Input of ListChildren.
    pub struct ListChildrenRequest {
        /// The root or an OU.
        parent_id: "ParentId" => ParentId,
        /// Which kind of children.
        child_type: "ChildType" => ChildType,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
        /// How many at most.
        max_results: "MaxResults" => Option<SmallPageSize>,
    }
}

shape! {
    /// A child.
    pub struct Child {
        /// Its id.
        id: "Id" => Option<ChildId>,
        /// Which kind.
        kind: "Type" => Option<ChildType>,
    }
}

shape! {
    /// Output of ListChildren.
    pub struct ListChildrenResponse {
        /// A page.
        children: "Children" => Option<Vec<Child>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}
