//! Shapes: handshakes.

use leasehold_core::organization::HandshakeState;

use super::{
    ActionType, HandshakeArn, HandshakeId, HandshakeNotes, HandshakePartyId, HandshakePartyType,
    HandshakeResourceType, NextToken, Tag,
};
use crate::shape;
use crate::shape::{SmallPageSize, Timestamp};

shape! {
    /// Nothing asked, or nothing to say.
    pub struct Nothing {}
}

shape! {
    /// A handshake.
    pub struct Handshake {
        /// Its id.
        id: "Id" => Option<HandshakeId>,
        /// Its ARN.
        arn: "Arn" => Option<HandshakeArn>,
        /// Who takes part.
        parties: "Parties" => Option<Vec<HandshakeParty>>,
        /// What became of it.
        state: "State" => Option<HandshakeState>,
        /// When it was asked for.
        requested_timestamp: "RequestedTimestamp" => Option<Timestamp>,
        /// Until when it can be answered.
        expiration_timestamp: "ExpirationTimestamp" => Option<Timestamp>,
        /// What it is about.
        action: "Action" => Option<ActionType>,
        /// What belongs to it.
        resources: "Resources" => Option<Vec<HandshakeResource>>,
    }
}

shape! {
    /// One who takes part in a handshake.
    pub struct HandshakeParty {
        /// The account's or organization's id.
        id: "Id" => HandshakePartyId,
        /// Which kind.
        kind: "Type" => HandshakePartyType,
    }
}

shape! {
    /// A detail of it.
    pub struct HandshakeDetail {
        /// Its value.
        value: "Value" => Option<String>,
        /// Which kind.
        kind: "Type" => Option<HandshakeResourceType>,
    }
}

shape! {
    /// Something that belongs to a handshake, perhaps with details.
    pub struct HandshakeResource {
        /// Its value.
        value: "Value" => Option<String>,
        /// Which kind.
        kind: "Type" => Option<HandshakeResourceType>,
        /// What belongs to it.
        resources: "Resources" => Option<Vec<HandshakeDetail>>,
    }
}

shape! {
    /// A handshake.
    pub struct HandshakeAnswer {
        /// The handshake.
        handshake: "Handshake" => Option<Handshake>,
    }
}

shape! {
    /// Input of InviteAccountToOrganization.
    pub struct InviteRequest {
        /// The account that is invited.
        target: "Target" => HandshakeParty,
        /// A text for the account.
        notes: "Notes" => Option<HandshakeNotes>,
        /// Not kept; leave them out.
        tags: "Tags" => Option<Vec<Tag>>,
    }
}

shape! {
    /// A handshake.
    pub struct HandshakeRequest {
        /// Which handshake.
        handshake_id: "HandshakeId" => HandshakeId,
    }
}

shape! {
    /// Which handshakes to list.
    pub struct HandshakeFilter {
        /// Those about this.
        action_type: "ActionType" => Option<ActionType>,
        /// Those that belong to this one.
        parent_handshake_id: "ParentHandshakeId" => Option<HandshakeId>,
    }
}

shape! {
    /// A page of handshakes.
    pub struct HandshakesRequest {
        /// Which of them.
        filter: "Filter" => Option<HandshakeFilter>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
        /// How many at most.
        max_results: "MaxResults" => Option<SmallPageSize>,
    }
}

shape! {
    /// A page of handshakes.
    pub struct HandshakesAnswer {
        /// A page.
        handshakes: "Handshakes" => Option<Vec<Handshake>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}
