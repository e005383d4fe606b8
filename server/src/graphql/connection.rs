//! Relay connections: arguments to windows, pages to connections, positions to opaque cursors.

use async_graphql::{
    Object, OutputType, Result,
    connection::{Connection, Edge},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    App, Error,
    invitation::{self, Filter},
    location,
    membership::{self, Member, MemberFilter, NamePosition},
    page::{self, Page, Window},
    session::Viewer,
};
use uuid::Uuid;

use super::{context::RequestContext, error::shown, limits, loader::reads};

/// A connection whose cursors are opaque text.
pub(crate) type List<N> = Connection<String, N, Total>;

/// Where a row stands in a list, as an opaque cursor.
pub(crate) trait Position: Sized {
    /// The cursor's plain text.
    fn to_text(&self) -> String;
    /// Reads it back.
    fn from_text(text: &str) -> Option<Self>;

    /// The cursor.
    fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.to_text())
    }

    /// Reads a cursor; BAD_USER_INPUT when it is none.
    fn read(cursor: &str) -> Result<Self> {
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.and_then(|text| Self::from_text(&text))
            .ok_or_else(|| shown(Error::BadInput("This is not a cursor of this list.".to_owned())))
    }
}

impl Position for Uuid {
    fn to_text(&self) -> String {
        self.simple().to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Position for i64 {
    fn to_text(&self) -> String {
        format!("n{self}")
    }

    fn from_text(text: &str) -> Option<Self> {
        text.strip_prefix('n')?.parse().ok()
    }
}

impl Position for NamePosition {
    fn to_text(&self) -> String {
        format!("{}{}", self.id.simple(), self.name)
    }

    fn from_text(text: &str) -> Option<Self> {
        let (id, name) = (text.get(..32)?, text.get(32..).filter(|name| !name.contains('\0'))?);
        Some(Self { id: id.parse().ok()?, name: name.to_owned() })
    }
}

/// The window of Relay's four arguments; BAD_USER_INPUT when they make no sense.
pub(crate) fn window<C: Position>(
    first: Option<i32>,
    after: Option<&str>,
    last: Option<i32>,
    before: Option<&str>,
) -> Result<Window<C>> {
    let after = after.map(C::read).transpose()?;
    let before = before.map(C::read).transpose()?;
    Window::new(first, last, after, before).map_err(shown)
}

/// What a connection costs: all that is asked of it counts once for each row of the page.
pub(crate) fn cost(first: Option<i32>, last: Option<i32>, of_row: usize) -> usize {
    let rows = first.or(last).and_then(|rows| usize::try_from(rows).ok());
    let rows = rows.unwrap_or(page::DEFAULT as usize).clamp(1, page::MAX as usize);
    rows.saturating_mul(of_row).saturating_add(1)
}

/// What a list without pages costs.
pub(crate) fn unpaged(of_row: usize) -> usize {
    cost(Some(limits::UNPAGED), None, of_row)
}

/// The connection of a page; `position` says where a row stands, `node` makes the object of it.
pub(crate) fn list<T, C: Position, N: OutputType>(
    page: Page<T>,
    total: Total,
    position: impl Fn(&T) -> C,
    node: impl Fn(T) -> N,
) -> List<N> {
    let mut list = Connection::with_additional_fields(page.has_previous, page.has_next, total);
    list.edges = page.rows.into_iter().map(|row| Edge::new(position(&row).cursor(), node(row))).collect();
    list
}

/// Where a row stands in a list by a name; `name_key` is the name's comparable form.
pub(crate) fn by_name(name_key: &str, id: Uuid) -> NamePosition {
    NamePosition { name: name_key.to_owned(), id }
}

/// What the total of a connection counts; it is counted only when somebody asks.
#[derive(Clone, Debug)]
pub(crate) enum Total {
    /// Members of a workspace.
    Members(Box<Member>, MemberFilter),
    /// Workspaces of a person.
    Workspaces(Uuid),
    /// Locations of a workspace.
    Locations(Box<Member>),
    /// Invitations of a workspace.
    Invitations(Box<Member>, Filter),
    /// Open invitations addressed to a person.
    InvitationsOf(Box<Viewer>),
    /// Events of a workspace.
    Events(Box<Member>),
}

#[Object]
impl Total {
    /// How many rows the whole list has.
    async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> Result<i32> {
        let count = reads(ctx, self.count(ctx.app())).await.map_err(shown)?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

impl Total {
    async fn count(&self, app: &App) -> domain::Result<u64> {
        match self {
            Self::Members(member, filter) => membership::count(app, member, filter).await,
            Self::Workspaces(user_id) => membership::count_of_user(app, *user_id).await,
            Self::Locations(member) => location::count(app, member).await,
            Self::Invitations(member, filter) => invitation::count(app, member, filter).await,
            Self::InvitationsOf(viewer) => invitation::count_addressed_to(app, &viewer.user).await,
            Self::Events(member) => domain::event::count(app, member).await,
        }
    }
}
