//! What a change is told as: executed and written once for everybody in a workspace who asks for the same, where it is the
//! same whoever looks; else for each.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_graphql::{
    ContextSelectionSet, OutputType, PathSegment, Positioned, SelectionField, ServerResult, Value,
    parser::types::Field, registry::Registry,
};
use tokio::{
    sync::OnceCell,
    time::{sleep, timeout},
};

use crate::{
    Site,
    graphql::{
        document::ResponseShape,
        error::{given_up, is_ours},
        object::InvitationEvent,
    },
};

/// A field, and the type below it that has fields of its own.
type SharedField = (&'static str, Option<&'static str>);

/// The fields that are the same for all who may follow a workspace, by type. What is not here is executed for each:
/// `workspace` says what the viewer may do there.
const SHARED: [(&str, &[SharedField]); 5] = [
    (
        "InvitationEvent",
        &[
            ("cursor", None),
            ("occurredAt", None),
            ("status", None),
            ("deliveryStatus", None),
            ("invitation", Some("Invitation")),
        ],
    ),
    (
        "Invitation",
        &[
            ("id", None),
            ("email", None),
            ("role", None),
            ("message", None),
            ("status", None),
            ("createdAt", None),
            ("expiresAt", None),
            ("respondedAt", None),
            ("language", None),
            ("suspended", None),
            ("droppedLocations", None),
            ("viewerCanResend", None),
            ("viewerCanRevoke", None),
            ("locations", Some("Location")),
            ("invitedBy", Some("User")),
            ("delivery", Some("Delivery")),
        ],
    ),
    (
        "Delivery",
        &[
            ("status", None),
            ("attempts", None),
            ("lastError", None),
            ("nextAttemptAt", None),
            ("sentAt", None),
            ("messageId", None),
        ],
    ),
    ("Location", &[("id", None), ("name", None), ("address", None), ("createdAt", None)]),
    ("User", &[("id", None), ("name", None), ("email", None), ("createdAt", None)]),
];

/// What is asked of an event, when it is the same for all: whoever asks for the same has the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape(Arc<str>);

impl Shape {
    /// What lies in the field of a subscription. What the client skips is not there any more.
    pub(crate) fn of(field: &SelectionField<'_>) -> Option<Self> {
        let mut shape = String::new();
        add(field, "InvitationEvent", &mut shape)?;
        Some(Self(shape.into()))
    }
}

/// Adds what lies in a field of this type; none when something of it is not the same for all.
fn add(field: &SelectionField<'_>, of: &str, shape: &mut String) -> Option<()> {
    let (_, shared) = SHARED.iter().find(|(name, _)| *name == of)?;
    for inner in field.selection_set() {
        let name = inner.name();
        let known = (name == "__typename").then_some(None);
        let below = known.or_else(|| shared.iter().find(|(shared, _)| *shared == name).map(|(_, below)| *below))?;
        for part in [inner.alias().unwrap_or(name), ":", name, " "] {
            shape.push_str(part);
        }
        if let Some(below) = below {
            shape.push('{');
            add(&inner, below, shape)?;
            shape.push('}');
        }
    }
    Some(())
}

/// How soon an event that could not be told is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How many shapes of a change are kept. Clients of one kind ask for one or two; whoever asks for ever more must not fill
/// the memory.
const SHAPES_MAX: usize = 8;

/// What has been written of one change that many are told of, by what was asked.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<HashMap<Shape, Arc<OnceCell<Value>>>>);

impl Written {
    /// Where it is kept in this shape; none when enough others are kept.
    fn of(&self, shape: &Shape) -> Option<Arc<OnceCell<Value>>> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= SHAPES_MAX {
            return written.get(shape).cloned();
        }
        Some(Arc::clone(written.entry(shape.clone()).or_default()))
    }
}

/// An event, as one subscriber is told of it.
pub(crate) struct Told {
    pub(crate) event: InvitationEvent,
    /// Set when what is asked is the same for all.
    pub(crate) shape: Option<Shape>,
}

impl OutputType for Told {
    fn type_name() -> Cow<'static, str> {
        <InvitationEvent as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <InvitationEvent as OutputType>::create_type_info(registry)
    }

    /// Within the time that a request has. A failure of ours is tried again for so long: the event would not come again.
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let limit = ctx.data::<Site>().map_err(|error| error.into_server_error(field.pos))?.request_timeout;
        let begun = Instant::now();
        let told = timeout(limit, async {
            loop {
                let told = self.written(ctx, field).await;
                let is_last = begun.elapsed() + AGAIN >= limit;
                if is_last || !forgets_failure(ctx, &told) {
                    return told;
                }
                sleep(AGAIN).await;
            }
        });
        told.await.unwrap_or_else(|_| {
            let path = vec![PathSegment::Field(field.node.response_key().node.to_string())];
            Err(given_up(limit).into_server_error(field.pos).with_path(path))
        })
    }
}

impl Told {
    /// What is written already is bytes, which transports put into the message as they are.
    async fn written(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let written = self.shape.as_ref().zip(self.event.change.written.as_ref());
        let Some(written) = written.and_then(|(shape, written)| written.of(shape)) else {
            return self.event.resolve(ctx, field).await;
        };
        let execute = async || {
            let executed = self.event.resolve(ctx, field).await;
            let failed = !ctx.query_env.errors.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
            match executed {
                Ok(mut value) if !failed => {
                    let shape = ctx.data_opt::<Arc<ResponseShape>>();
                    if let Some(shape) = shape.and_then(|shape| shape.below(&field.node.response_key().node)) {
                        shape.put_right(&mut value, false);
                    }
                    match serde_json::to_vec(&value) {
                        Ok(text) => Ok(Value::Binary(text.into())),
                        Err(_) => Err(Ok(value)),
                    }
                }
                executed => Err(executed),
            }
        };
        // One that fails, or whose client goes away meanwhile, leaves it to the next.
        written.get_or_try_init(execute).await.cloned().or_else(|executed| executed)
    }
}

/// Whether what was told failed by a fault of ours, which is then forgotten.
fn forgets_failure(ctx: &ContextSelectionSet<'_>, told: &ServerResult<Value>) -> bool {
    let mut errors = ctx.query_env.errors.lock().unwrap_or_else(PoisonError::into_inner);
    let is_failure = told.as_ref().err().into_iter().chain(errors.iter()).any(is_ours);
    if is_failure {
        errors.clear();
    }
    is_failure
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{
        parse_schema,
        types::{FieldDefinition, TypeKind, TypeSystemDefinition},
    };

    use super::{SHAPES_MAX, SHARED, Shape, Written};
    use crate::graphql;

    /// The fields of an object of the schema.
    fn fields_of(name: &str) -> Vec<FieldDefinition> {
        let schema = parse_schema(graphql::sdl()).expect("our schema");
        let mut types = schema.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) if definition.node.name.node == name => Some(definition.node.kind),
            _ => None,
        });
        let Some(TypeKind::Object(object)) = types.next() else { panic!("there is no object {name}") };
        object.fields.into_iter().map(|field| field.node).collect()
    }

    #[test]
    fn a_change_is_kept_in_few_shapes() {
        let written = Written::default();
        let kept = |number: usize| written.of(&Shape(number.to_string().into()));
        let kept_of = |number: usize| kept(number).is_some();
        assert!((0..SHAPES_MAX).all(kept_of) && !(SHAPES_MAX..1_000).any(kept_of));
        assert!((0..SHAPES_MAX).all(kept_of), "those that are kept stay");
        assert_eq!(written.0.lock().expect("nobody panicked").len(), SHAPES_MAX);
    }

    #[test]
    fn what_is_shared_depends_on_no_argument() {
        for (of, shared) in SHARED {
            let fields = fields_of(of);
            for (name, below) in shared {
                let field = fields.iter().find(|field| field.name.node == *name).expect(name);
                assert!(field.arguments.is_empty(), "{of}.{name} takes arguments, and a shape has none");
                let of_field = field.ty.node.to_string();
                assert!(below.is_none_or(|below| of_field.trim_matches(['[', ']', '!']) == below), "{of}.{name}");
            }
        }
    }
}
