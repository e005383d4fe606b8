//! How many invitations somebody may send: one alone counts as a whole, and of many each row counts.

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use super::bulk::Drafted;
use crate::{
    App, Code, Error, Result, UserError,
    membership::Member,
    rate_limit::{self, Charge, Limit},
};

/// Counts one invitation for the sender, the workspace and the address; RateLimited when one of them has had enough.
pub(super) async fn spend(app: &App, sender: Uuid, workspace_id: Uuid, email_key: &str) -> Result<()> {
    let [by_person, in_workspace] = budgets(sender, workspace_id);
    rate_limit::spend(app, &[by_person, in_workspace, recipient(sender, email_key)]).await
}

/// Counts the rows of a bulk send that can be sent, and refuses those whose address has had enough: INVALID_INPUT at
/// `email`. RateLimited when the sender or the workspace has too little left for all of them, TOO_MANY_ROWS when that
/// will always be so.
pub(super) async fn within(app: &App, member: &Member, mut drafts: Vec<Drafted>) -> Result<Vec<Drafted>> {
    let (sender, workspace_id) = (member.membership.user_id, member.workspace.id);
    let each: Vec<Charge> = drafts.iter().flatten().map(|draft| recipient(sender, &draft.row.email_key)).collect();
    let most = app.limits.most(Limit::InvitePerson).min(app.limits.most(Limit::InviteWorkspace));
    if usize::try_from(most).is_ok_and(|most| each.len() > most) {
        let message = format!("At most {most} invitations can be sent at once; send fewer rows.");
        return Err(Error::user(Code::TooManyRows, &["invitations"], message));
    }
    let together = budgets(sender, workspace_id).map(|budget| budget.times(each.len()));
    let mut waits = rate_limit::spend_each(app, &together, &each).await?.into_iter();
    for (position, draft) in drafts.iter_mut().enumerate() {
        if draft.is_ok()
            && let Some(wait) = waits.next().flatten()
        {
            *draft = Err(vec![enough(position, app.clock.now() + wait)]);
        }
    }
    Ok(drafts)
}

/// The answer is kept for a repeat with the same idempotency key, so the message names a time and another key.
fn enough(position: usize, free_at: DateTime<Utc>) -> UserError {
    let free_at = free_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let message = format!(
        "You have invited this address too often; try again after {free_at}, without an idempotency key or with another."
    );
    UserError::new(Code::InvalidInput, &["invitations", &position.to_string(), "email"], message)
}

fn budgets(sender: Uuid, workspace_id: Uuid) -> [Charge; 2] {
    [
        Charge::one(Limit::InvitePerson, [&sender.to_string()]),
        Charge::one(Limit::InviteWorkspace, [&workspace_id.to_string()]),
    ]
}

/// The address as this person writes to it: what one person does to it is not held against another.
fn recipient(sender: Uuid, email_key: &str) -> Charge {
    Charge::one(Limit::InviteRecipient, [&sender.to_string(), email_key])
}
