//! Mail itself: whether it gets through.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{id::Kind, test_mail};

use crate::graphql::{
    context::RequestContext,
    error::{answer_of, payload, read_id},
    object::TestMail,
};

/// Whose mail is tested.
#[derive(Debug, InputObject)]
struct SendTestMailInput {
    /// The workspace that the mail speaks of.
    workspace_id: ID,
}

payload! {
    /// What came of sending a test mail.
    SendTestMailPayload {
        /// The mail, which waits to be sent; its node tells what becomes of it.
        test_mail: TestMail,
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MailMutation;

#[Object]
impl MailMutation {
    /// Sends a mail to the viewer's own address by the way that invitations go; for owner and administrators.
    async fn send_test_mail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose mail is tested.")] input: SendTestMailInput,
    ) -> Result<SendTestMailPayload> {
        let viewer = ctx.signed_in()?;
        let workspace_id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let sent = test_mail::send(ctx.app(), viewer, workspace_id).await;
        answer_of("workspaceId", sent, |mail| SendTestMailPayload {
            test_mail: Some(TestMail(mail)),
            ..Default::default()
        })
    }
}
