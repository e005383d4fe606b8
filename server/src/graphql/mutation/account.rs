//! Accounts and sessions: register, verify, log in, log out, set a new password.

use async_graphql::{Context, ID, InputObject, Object, Result};
use axum::http::{HeaderValue, header::SET_COOKIE};
use domain::{
    id::Kind,
    password_reset,
    registration::{self, Registered},
    session::{self, Login},
};
use secrecy::ExposeSecret;

use crate::{
    auth,
    graphql::{
        context::RequestContext,
        error::{answer, answer_of, payload, read_id, shown},
        object::{RegisterNextStep, User, UserError, Viewer},
    },
};

/// Who registers.
#[derive(Debug, InputObject)]
struct RegisterInput {
    /// The address.
    email: String,
    /// At least 8 characters.
    password: String,
    /// The name others see.
    name: String,
    /// The token of an invitation to this address: then the account is made at once.
    invitation_token: Option<String>,
}

/// Who logs in.
#[derive(Debug, InputObject)]
struct LoginInput {
    /// The address.
    email: String,
    /// The password.
    password: String,
    /// The token of an invitation to this address, to be accepted with the login.
    invitation_token: Option<String>,
}

/// Which address is verified.
#[derive(Debug, InputObject)]
struct VerifyEmailInput {
    /// The last part of the link in the mail.
    token: String,
    /// The password of that registration.
    password: String,
}

/// Whose password is forgotten.
#[derive(Debug, InputObject)]
struct RequestPasswordResetInput {
    /// The address of the account.
    email: String,
}

/// Which password is set.
#[derive(Debug, InputObject)]
struct ResetPasswordInput {
    /// The last part of the link in the mail.
    token: String,
    /// The new password, at least 8 characters.
    password: String,
}

/// Which session is ended.
#[derive(Debug, InputObject)]
struct RevokeSessionInput {
    /// A session of the viewer's.
    session_id: ID,
}

payload! {
    /// What came of registering.
    RegisterPayload {
        /// The account, when it was made through an invitation.
        user: User,
        /// What to do next.
        next_step: RegisterNextStep,
    }
}

payload! {
    /// What came of logging in.
    LoginPayload {
        /// For `Authorization: Bearer`; the cookie is set too.
        token: String,
        /// The one who is signed in now.
        viewer: Viewer,
        /// Why the invitation that came with the login could not be used.
        join_error: UserError,
    }
}

payload! {
    /// What came of logging out.
    LogoutPayload {}
}

payload! {
    /// What came of verifying an address.
    VerifyEmailPayload {
        /// The account, which exists from now on.
        user: User,
    }
}

payload! {
    /// What came of asking for a new password: the same for every address.
    RequestPasswordResetPayload {}
}

payload! {
    /// What came of setting a new password.
    ResetPasswordPayload {
        /// The account, which has to log in anew everywhere.
        user: User,
    }
}

payload! {
    /// What came of ending a session.
    RevokeSessionPayload {}
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Registers. Through an invitation the account is made at once; else a mail asks to verify the address, and the
    /// answer is the same for a free and for a taken one.
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who registers.")] input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let RegisterInput { email, password, name, invitation_token } = input;
        let (token, language) = (invitation_token.as_deref(), ctx.asker().language);
        let password = password.into();
        let registered =
            registration::register(ctx.app(), &email, &name, &password, token, language, ctx.client()).await;
        answer(registered, |registered| {
            let (user, next_step) = match registered {
                Registered::Account(user) => (Some(User(user)), RegisterNextStep::Login),
                Registered::HasAccount => (None, RegisterNextStep::Login),
                Registered::MailSent => (None, RegisterNextStep::VerifyEmail),
            };
            RegisterPayload { user, next_step: Some(next_step), ..RegisterPayload::default() }
        })
    }

    /// Logs in, and accepts an invitation with it.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who logs in.")] input: LoginInput,
    ) -> Result<LoginPayload> {
        let LoginInput { email, password, invitation_token } = input;
        let token = invitation_token.as_deref();
        let login = session::login(ctx.app(), &email, &password.into(), token, ctx.client()).await;
        answer(login, |Login { token, viewer, join_error }| {
            set_cookie(ctx, auth::session_cookie(ctx.site(), &token));
            LoginPayload {
                token: Some(token.expose_secret().to_owned()),
                viewer: Some(Viewer(viewer)),
                join_error: join_error.map(UserError::from),
                ..LoginPayload::default()
            }
        })
    }

    /// Ends the session this request came with.
    async fn logout(&self, ctx: &Context<'_>) -> Result<LogoutPayload> {
        let viewer = ctx.signed_in()?;
        session::logout(ctx.app(), viewer).await.map_err(shown)?;
        set_cookie(ctx, auth::ended_session_cookie(ctx.site()));
        Ok(LogoutPayload::default())
    }

    /// Makes the account of a registration: its link and its password together.
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address is verified.")] input: VerifyEmailInput,
    ) -> Result<VerifyEmailPayload> {
        let verified = registration::verify(ctx.app(), &input.token, &input.password.into(), ctx.client()).await;
        answer(verified, |user| VerifyEmailPayload { user: Some(User(user)), ..VerifyEmailPayload::default() })
    }

    /// Mails a link for a new password to the account of this address. The answer is the same for every address.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose password is forgotten.")] input: RequestPasswordResetInput,
    ) -> Result<RequestPasswordResetPayload> {
        let requested = password_reset::request(ctx.app(), &input.email, ctx.client()).await;
        answer(requested, |()| RequestPasswordResetPayload::default())
    }

    /// Sets a new password through the link in the mail, which works once, and ends every session of the account.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which password is set.")] input: ResetPasswordInput,
    ) -> Result<ResetPasswordPayload> {
        let reset = password_reset::reset(ctx.app(), &input.token, &input.password.into()).await;
        answer(reset, |user| ResetPasswordPayload { user: Some(User(user)), ..ResetPasswordPayload::default() })
    }

    /// Ends a session of the viewer's.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session is ended.")] input: RevokeSessionInput,
    ) -> Result<RevokeSessionPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Session, "sessionId", &input.session_id)?;
        answer_of("sessionId", session::revoke(ctx.app(), viewer, id).await, |()| RevokeSessionPayload::default())
    }
}

fn set_cookie(ctx: &Context<'_>, cookie: HeaderValue) {
    ctx.append_http_header(SET_COOKIE, cookie);
}
