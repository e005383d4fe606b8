//! An operation: what all ways in make of the parameters of a request, and execute within the time limit.

use std::sync::Arc;

use async_graphql::{
    Name, Request, Response, ServerError, Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType},
};
use domain::session::Viewer;
use futures::{StreamExt, stream::BoxStream};
use tokio::time::timeout;

use super::{Sender, parameters::Parameters, refusal::Refusal};
use crate::{
    Site,
    graphql::{
        context::Asker,
        document::{self, ResponseShape},
        error::{given_up, invalid, of_request},
        loader::Loader,
        subscription::Place,
    },
};

/// An operation that has what its resolvers use, and who is signed in.
type Signed = (Operation, Option<Arc<Viewer>>);

/// An operation that can be executed.
pub(super) struct Operation {
    pub(super) kind: OperationType,
    request: Request,
    shape: Arc<ResponseShape>,
}

impl Operation {
    /// Finds and checks the document; nothing of it runs yet.
    pub(super) fn prepare(site: &Site, parameters: Parameters) -> Result<Self, Refusal> {
        let (hash, types) = (parameters.hash()?, site.schema.field_types());
        let document = match (&parameters.query, hash) {
            (Some(text), hash) => site.documents.by_text(text, hash, types)?,
            (None, Some(hash)) => site.documents.by_hash(hash)?,
            (None, None) => return Err(Refusal::bad_request("The request has no query.")),
        };
        let (name, operation) = chosen(&document, parameters.operation_name.as_deref())?;
        let variables = site.schema.input_types().coerce(operation, parameters.variables)?;
        document::check_values(&document, operation, &variables)?;
        let unfolded = document::unfold(&document, name, operation, types);
        let kind = operation.ty;
        let (_, operation) = chosen(&unfolded, parameters.operation_name.as_deref())?;
        let shape = Arc::new(ResponseShape::of(&unfolded, operation, types));
        // The text is of no use any more: it is parsed.
        let mut request = Request::new(String::new()).variables(Variables::from_value(Value::Object(variables)));
        request.operation_name = parameters.operation_name;
        request.set_parsed_query(unfolded);
        Ok(Self { kind, request: request.data(Arc::clone(&shape)), shape })
    }

    /// Gives it what its resolvers use, and says who is signed in; the outer error is that it took too long.
    pub(super) async fn sign(mut self, site: &Site, sender: &Sender) -> Result<domain::Result<Signed>, ServerError> {
        let limit = site.request_timeout;
        let viewer = timeout(limit, sender.viewer(site)).await.map_err(|_| of_request(given_up(limit)))?;
        Ok(viewer.map(|viewer| {
            let viewer = viewer.map(Arc::new);
            let asker = Asker { viewer: viewer.clone(), client: sender.client.clone(), language: sender.language };
            self.request = self.request.data(asker).data(site.clone()).data(Loader::default());
            (self, viewer)
        }))
    }

    /// A subscription that goes on from this place, and keeps it.
    pub(super) fn resuming(mut self, place: Place) -> Self {
        self.request = self.request.data(place);
        self
    }

    /// Its one result; the error is that it took too long and was given up.
    pub(super) async fn execute(self, site: &Site) -> Result<Response, ServerError> {
        let limit = site.request_timeout;
        let executed = site.schema.execute(self.request, limit).await;
        let mut response = executed.map_err(|_| of_request(given_up(limit)))?;
        self.shape.complete(&mut response);
        Ok(response)
    }

    /// Its results: those of a subscription as they come, else the one there is.
    pub(super) fn results(self, site: Site) -> BoxStream<'static, Response> {
        if self.kind == OperationType::Subscription {
            let results = site.schema.execute_stream(self.request);
            let completed = results.map(move |mut result| {
                self.shape.complete(&mut result);
                result
            });
            return completed.boxed();
        }
        let result =
            async move { self.execute(&site).await.unwrap_or_else(|given_up| Response::from_errors(vec![given_up])) };
        futures::stream::once(result).boxed()
    }
}

/// The operation that is asked for, and its name.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<&'a Name>, &'a OperationDefinition), ServerError> {
    let mut found = document.operations.iter().filter(|(each, _)| name.is_none() || each.map(Name::as_str) == name);
    match (found.next(), found.next(), name) {
        (Some((name, operation)), None, _) => Ok((name, &operation.node)),
        (_, _, Some(name)) => Err(invalid(format!("There is no operation {name}."))),
        (_, _, None) => Err(invalid("The document has several operations; operationName says which.")),
    }
}

/// Whether a response says that nothing was executed: then it has no `data`.
pub(super) fn is_refused(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}
