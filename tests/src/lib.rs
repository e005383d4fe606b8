//! The harness of the stories: Usher on a fresh database, people who use it, the mail they get, and a clock that the
//! story moves.
//!
//! A story is an `async fn` whose name is a sentence. It is given an [`Usher`], lets [`Actor`]s do things, and looks at
//! what they see. Nothing is delivered before it says [`Usher::run_jobs`], and at its end nothing may be left over.

mod actor;
mod answer;
mod app;
mod backend;
mod browser;
pub mod campaign;
mod dice;
mod event_stream;
mod folder;
pub mod following;
mod gallery;
mod jobs;
mod mailbox;
mod object;
mod process_state;
mod program;
mod refusing;
mod served;
mod servers;
mod sink;
mod slow;
mod socket;
mod story;
mod window;

pub use actor::{Actor, INVITATION, MEMBERSHIP, PREVIEW};
pub use answer::{Answer, UserError};
pub use app::{Usher, at_once};
pub use backend::{Backend, Backends};
pub use browser::{Browser, Page, unescaped};
pub use event_stream::EventStream;
pub use gallery::{Gallery, OpenGallery};
pub use mailbox::Mail;
pub use object::Object;
pub use process_state::{ProcessState, ticks};
pub use program::{CREATE_ALICE, Program, Running, eventually};
pub use refusing::RefusingSmtp;
pub use served::{Served, Serving};
pub use servers::{Durability, Hanging, Postgres, Redis, Smtp, free_port};
pub use sink::{Mood, Received, Sink};
pub use slow::SlowWay;
pub use socket::Socket;
pub use story::{Story, trials};
pub use window::{Chromium, Window};
