// Relay: compiles its operations against schema.graphql, then runs a query, a refetch, a mutation and a subscription.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createClient } from "graphql-ws";
import compiler from "relay-compiler";
import runtime from "relay-runtime";
import WebSocket from "ws";
import { authorization, email, first, socketUrl, url, workspaceId } from "./arguments.js";
import { isInvited, isTold } from "./operations.js";

const here = fileURLToPath(new URL(".", import.meta.url));
mkdirSync(new URL("node_modules/.relay", import.meta.url), { recursive: true });
execFileSync(compiler, ["relay.config.json"], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
const compiled = async (name) => (await import(`./node_modules/.relay/${name}.graphql.js`)).default;

const { Environment, Network, Observable, RecordSource, Store } = runtime;
const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization } });
const fetchFunction = async ({ text }, variables) => {
  const headers = { authorization, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) });
  return answer.json();
};
const subscribe = ({ name, text }, variables) =>
  Observable.create((sink) => sockets.subscribe({ operationName: name, query: text, variables }, sink));
const environment = new Environment({
  network: Network.create(fetchFunction, subscribe),
  store: new Store(new RecordSource()),
});

const data = await runtime.fetchQuery(environment, await compiled("appQuery"), { workspaceId }).toPromise();
assert.equal(data.viewer.user.email, "alice@example.com");
const more = { id: data.workspace.id, count: 10, cursor: null };
const refetched = await runtime.fetchQuery(environment, await compiled("appMembersQuery"), more).toPromise();
assert.equal(refetched.node.__id, data.workspace.id);
const variables = { workspaceId, after: data.workspace.eventCursor };
const changes = await compiled("appChangesSubscription");
const told = first((onNext, onError) =>
  runtime.requestSubscription(environment, { subscription: changes, variables, onNext, onError }),
);
const mutation = await compiled("appInviteMutation");
const invited = await first((onCompleted, onError) =>
  runtime.commitMutation(environment, { mutation, variables: { input: { workspaceId, email } }, onCompleted, onError }),
);
isInvited(invited, email);
isTold(await told, email);
await sockets.dispose();
process.exit(0);
