//! The viewer's own account: name, password, other sessions.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use domain::{session, user};

use crate::graphql::{
    context::RequestContext,
    error::{answer, payload},
    object::{Language, Viewer},
};

/// What is changed of the viewer's account.
#[derive(Debug, InputObject)]
struct UpdateViewerInput {
    /// The new name; unchanged when absent.
    name: Option<String>,
    /// The language of mails and pages; unchanged when absent, what the browser asks for when null.
    language: MaybeUndefined<Language>,
}

/// Which password takes the place of which.
#[derive(Debug, InputObject)]
struct ChangePasswordInput {
    /// The password so far.
    current_password: String,
    /// The new password, at least 8 characters.
    new_password: String,
}

payload! {
    /// What came of changing the viewer's account.
    UpdateViewerPayload {
        /// The viewer as he or she is now.
        viewer: Viewer,
    }
}

payload! {
    /// What came of changing the password.
    ChangePasswordPayload {
        /// The viewer, whose other sessions have ended.
        viewer: Viewer,
    }
}

payload! {
    /// What came of ending the other sessions.
    RevokeOtherSessionsPayload {
        /// How many were ended.
        revoked_count: i32,
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ViewerMutation;

#[Object]
impl ViewerMutation {
    /// Changes the viewer's name.
    async fn update_viewer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is changed.")] input: UpdateViewerInput,
    ) -> Result<UpdateViewerPayload> {
        let viewer = ctx.signed_in()?;
        let language = input.language.map_value(Into::into).as_opt_ref().map(|language| language.copied());
        let updated = user::update(ctx.app(), viewer, input.name.as_deref(), language).await;
        answer(updated, |viewer| UpdateViewerPayload { viewer: Some(Viewer(viewer)), ..Default::default() })
    }

    /// Changes the viewer's password, ends every other session of the account, and tells its owner by mail.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which takes the place of which.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let viewer = ctx.signed_in()?;
        let (current, new) = (input.current_password.into(), input.new_password.into());
        let changed = user::change_password(ctx.app(), viewer, &current, &new).await;
        answer(changed, |()| ChangePasswordPayload { viewer: Some(Viewer(viewer.clone())), ..Default::default() })
    }

    /// Ends every session of the viewer but the one this request came with.
    async fn revoke_other_sessions(&self, ctx: &Context<'_>) -> Result<RevokeOtherSessionsPayload> {
        let revoked = session::revoke_others(ctx.app(), ctx.signed_in()?).await;
        answer(revoked, |count| RevokeOtherSessionsPayload {
            revoked_count: Some(i32::try_from(count).unwrap_or(i32::MAX)),
            ..Default::default()
        })
    }
}
