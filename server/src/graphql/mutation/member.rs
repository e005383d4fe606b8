//! Members: change, remove.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{
    id::Kind,
    membership::{self, Change},
};

use super::location;
use crate::graphql::{
    context::RequestContext,
    error::{answer_of, payload, read_id},
    object::{InvitableRole, Membership},
};

/// What is changed of a member.
#[derive(Debug, InputObject)]
struct UpdateMemberInput {
    /// The membership.
    membership_id: ID,
    /// The new role; unchanged when absent.
    role: Option<InvitableRole>,
    /// The locations a User may see from now on; unchanged when absent, none when empty.
    location_ids: Option<Vec<ID>>,
}

/// Which member is removed.
#[derive(Debug, InputObject)]
struct RemoveMemberInput {
    /// The membership.
    membership_id: ID,
}

payload! {
    /// What came of changing a member.
    UpdateMemberPayload {
        /// The membership as it is now.
        membership: Membership,
    }
}

payload! {
    /// What came of removing a member.
    RemoveMemberPayload {
        /// The id it had.
        removed_membership_id: ID,
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Changes role and locations of a member; for owner and administrators. Nobody but the owner touches the owner.
    async fn update_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is changed.")] input: UpdateMemberInput,
    ) -> Result<UpdateMemberPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Membership, "membershipId", &input.membership_id)?;
        let location_ids = input.location_ids.map(|ids| location::ids(&["locationIds"], ids)).transpose()?;
        let change = Change { role: input.role.map(Into::into), location_ids };
        let updated = membership::update(ctx.app(), viewer, id, &change).await;
        answer_of("membershipId", updated, |(membership, viewer)| UpdateMemberPayload {
            membership: Some(Membership { membership, viewer }),
            ..Default::default()
        })
    }

    /// Removes a member, whose sessions lose the workspace at once; for owner and administrators.
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Membership, "membershipId", &input.membership_id)?;
        answer_of("membershipId", membership::remove(ctx.app(), viewer, id).await, |()| RemoveMemberPayload {
            removed_membership_id: Some(input.membership_id),
            ..Default::default()
        })
    }
}
