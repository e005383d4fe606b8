//! One connection: begins with `connection_init`, then runs operations side by side until one side has had enough.

use std::{
    convert::Infallible,
    future,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use async_graphql::{Response, ServerError};
use axum::extract::ws::Utf8Bytes;
use futures::{FutureExt, Stream, StreamExt, stream, stream::BoxStream};
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_stream::StreamMap;

use super::{
    super::{
        Sender,
        operation::{Operation, is_refused},
        parameters::Parameters,
        sessions::Watched,
    },
    close::Close,
    message::{Incoming, Outgoing},
    socket::Socket,
};
use crate::{
    Site, auth,
    graphql::{
        error::{coded, complete, of_request, shown},
        limits,
    },
};

/// What comes of an operation.
enum Step {
    /// A result.
    Result(Box<Response>),
    /// Its last one has come.
    End,
    /// It could not go on, nor can the connection.
    Close(Close),
}

impl Step {
    fn refused(error: ServerError) -> Self {
        Self::Result(Box::new(Response::from_errors(vec![error])))
    }
}

/// What happens next on a connection.
enum Next {
    /// The client says something.
    Text(Utf8Bytes),
    /// An operation takes a step.
    Step(String, Step),
}

/// What there is to tell is told before the client is listened to, so that most of what is told costs no look at the socket;
/// after so many it is the other way round once, so that the client is always heard.
const TOLD_IN_A_ROW: usize = 16;

/// One connection.
pub(super) struct Connection {
    site: Site,
    sender: Sender,
    request_id: String,
    /// Those in progress, by their ids.
    operations: StreamMap<String, Running>,
}

/// An operation in progress. It may be one step ahead of what the client has been told.
struct Running {
    steps: BoxStream<'static, Step>,
    has_begun: bool,
    ahead: Option<Option<Step>>,
}

impl Running {
    fn new(steps: BoxStream<'static, Step>) -> Self {
        Self { steps, has_begun: false, ahead: None }
    }

    /// Goes on to the next step, if it has begun and is not there yet; says whether it has come there now.
    fn go_on(&mut self, context: &mut Context<'_>) -> bool {
        if !self.has_begun || self.ahead.is_some() {
            return false;
        }
        match self.steps.poll_next_unpin(context) {
            Poll::Ready(step) => self.ahead = Some(step),
            Poll::Pending => {}
        }
        self.ahead.is_some()
    }
}

impl Stream for Running {
    type Item = Step;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Step>> {
        self.has_begun = true;
        match self.ahead.take() {
            Some(step) => Poll::Ready(step),
            None => self.steps.poll_next_unpin(context),
        }
    }
}

impl Connection {
    /// `sender` is what the request for the upgrade said about who asks.
    pub(super) fn new(site: Site, sender: Sender, request_id: String) -> Self {
        Self { site, sender, request_id, operations: StreamMap::new() }
    }

    /// Serves the connection to its end, and says why it is over.
    pub(super) async fn serve(mut self, socket: &mut Socket) -> Close {
        let Err(reason) = self.run(socket).await;
        reason
    }

    async fn run(&mut self, socket: &mut Socket) -> Result<Infallible, Close> {
        let init = timeout(self.site.timing.init, Self::wait_for_init(socket));
        let token = init.await.map_err(|_| Close::InitTimeout)??;
        let session = self.sign_in(token).await?;
        socket.say(&Outgoing::ConnectionAck).await?;
        let sessions = self.site.sessions.clone();
        let mut over = pin!(async {
            tokio::select! {
                () = session.ended() => Close::Forbidden,
                () = sessions.stopped() => Close::GoingAway,
            }
        });
        let mut told = 0;
        loop {
            let tells_first = told < TOLD_IN_A_ROW;
            let next = {
                let (operations, mut heard) = (&mut self.operations, pin!(socket.hear()));
                let mut step = move |context: &mut Context<'_>| match operations.poll_next_unpin(context) {
                    Poll::Ready(Some((id, step))) => Some(Ok(Next::Step(id, step))),
                    _ => None,
                };
                future::poll_fn(|context| {
                    let mut next = if tells_first { step(context) } else { None };
                    if next.is_none()
                        && let Poll::Ready(text) = heard.as_mut().poll(context)
                    {
                        next = Some(text.map(Next::Text));
                    }
                    if next.is_none()
                        && let Poll::Ready(reason) = over.as_mut().poll(context)
                    {
                        next = Some(Err(reason));
                    }
                    if next.is_none() && !tells_first {
                        next = step(context);
                    }
                    next.map_or(Poll::Pending, Poll::Ready)
                })
                .await?
            };
            told = if tells_first { told + 1 } else { 0 };
            match next {
                Next::Text(text) => self.listen(socket, Incoming::read(&text)?).await?,
                Next::Step(id, step) => self.tell(socket, &id, step).await?,
            }
        }
    }

    async fn wait_for_init(socket: &mut Socket) -> Result<Option<String>, Close> {
        loop {
            match Incoming::read(&socket.hear().await?)? {
                Incoming::Init(token) => return Ok(token),
                Incoming::Ping(payload) => socket.say(&Outgoing::Pong { payload: payload.as_deref() }).await?,
                Incoming::Subscribe(..) => return Err(Close::Unauthorized),
                Incoming::Pong | Incoming::Complete(_) => {}
            }
        }
    }

    /// A token that is said must be that of a session; a cookie that is none any more is as good as no cookie.
    async fn sign_in(&mut self, token: Option<String>) -> Result<Watched, Close> {
        let said = token.is_some();
        if let Some(token) = token {
            self.sender.token = Some(auth::bearer(&token).ok_or(Close::Forbidden)?);
        }
        let viewer = timeout(self.site.request_timeout, self.sender.viewer(&self.site)).await;
        let viewer = viewer.map_err(|_| Close::Internal)?.map_err(|error| {
            shown(error);
            Close::Internal
        })?;
        match viewer {
            None if said => Err(Close::Forbidden),
            None => {
                self.sender.token = None;
                Ok(Watched::default())
            }
            Some(viewer) => Ok(self.site.sessions.watch(&viewer)),
        }
    }

    async fn listen(&mut self, socket: &mut Socket, message: Incoming) -> Result<(), Close> {
        match message {
            Incoming::Init(_) => Err(Close::SecondInit),
            Incoming::Ping(payload) => self.say(socket, &Outgoing::Pong { payload: payload.as_deref() }).await,
            Incoming::Pong => Ok(()),
            Incoming::Complete(id) => {
                self.operations.remove(&id);
                Ok(())
            }
            Incoming::Subscribe(id, payload) => self.subscribe(socket, id, &payload).await,
        }
    }

    async fn subscribe(&mut self, socket: &mut Socket, id: String, payload: &RawValue) -> Result<(), Close> {
        if self.operations.contains_key(&id) {
            return Err(Close::Duplicate(id));
        }
        let prepared = if self.operations.len() < limits::OPERATIONS {
            Parameters::from_json(payload.get().as_bytes())
                .and_then(|parameters| Operation::prepare(&self.site, parameters))
                .map_err(|refusal| *refusal.error)
        } else {
            Err(too_many())
        };
        match prepared {
            Ok(operation) => {
                self.operations.insert(id, Running::new(self.steps(operation)));
                Ok(())
            }
            Err(error) => self.refuse(socket, &id, vec![error]).await,
        }
    }

    /// Runs an operation; a panic in it ends the connection with a reason.
    fn steps(&self, operation: Operation) -> BoxStream<'static, Step> {
        let (site, sender) = (self.site.clone(), self.sender.clone());
        let begin = async move {
            match operation.sign(&site, &sender).await {
                Ok(Ok((_, None))) if sender.token.is_some() => one(Step::Close(Close::Forbidden)),
                Ok(Ok((operation, _))) => operation.results(site).map(|result| Step::Result(Box::new(result))).boxed(),
                Ok(Err(error)) => one(Step::refused(of_request(shown(error)))),
                Err(given_up) => one(Step::refused(given_up)),
            }
        };
        let steps = begin.into_stream().flatten().chain(stream::iter([Step::End]));
        let caught = AssertUnwindSafe(steps).catch_unwind();
        caught.map(|step| step.unwrap_or(Step::Close(Close::Internal))).boxed()
    }

    async fn tell(&mut self, socket: &mut Socket, id: &str, step: Step) -> Result<(), Close> {
        match step {
            Step::Result(response) if is_refused(&response) => {
                self.operations.remove(id);
                self.refuse(socket, id, response.errors).await
            }
            Step::Result(mut response) => {
                complete(&mut response.errors, &self.request_id);
                self.say(socket, &Outgoing::Next { id, result: &response }).await
            }
            Step::End => {
                self.operations.remove(id);
                self.say(socket, &Outgoing::Complete { id }).await
            }
            Step::Close(reason) => Err(reason),
        }
    }

    async fn refuse(&mut self, socket: &mut Socket, id: &str, mut errors: Vec<ServerError>) -> Result<(), Close> {
        complete(&mut errors, &self.request_id);
        self.say(socket, &Outgoing::Error { id, payload: &errors }).await
    }

    /// Says something. While the client makes no room for it the operations that have begun go on, each to its next step: one
    /// that stood still would keep what it holds of the database, for which others wait.
    async fn say(&mut self, socket: &mut Socket, message: &Outgoing<'_>) -> Result<(), Close> {
        let operations = &mut self.operations;
        let go_on = future::poll_fn(|context| {
            if operations.values_mut().any(|operation| operation.go_on(context)) {
                // One at a time: a step may cost much processor time, and what waits here for the client has a limit.
                context.waker().wake_by_ref();
            }
            Poll::<Infallible>::Pending
        });
        tokio::select! {
            biased;
            said = socket.say(message) => said,
            never = go_on => match never {},
        }
    }
}

fn one(step: Step) -> BoxStream<'static, Step> {
    stream::iter([step]).boxed()
}

fn too_many() -> ServerError {
    let message = format!("At most {} operations can be in progress on a connection.", limits::OPERATIONS);
    let mut error = coded("RATE_LIMITED", message);
    error.extensions.get_or_insert_default().set("retryAfter", 1);
    error
}
