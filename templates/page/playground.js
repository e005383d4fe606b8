// Starts GraphiQL on this server, as whoever is signed in; subscriptions go over a WebSocket.
"use strict";

const place = document.getElementById("playground");
const url = new URL("/graphql", location.href);
const subscriptionUrl = new URL(url);
subscriptionUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";

// What the operations to begin with ask for.
const values = { workspaceId: place.dataset.workspace, email: "bob@example.com", password: "" };
const asked = (query) => Object.entries(values).filter(([name]) => query.includes(`$${name}:`));
const tab = (query) => ({ query, variables: JSON.stringify(Object.fromEntries(asked(query)), null, 2) });

const { React, ReactDOM, GraphiQL } = window;
const graphiql = React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({ url: url.href, subscriptionUrl: subscriptionUrl.href }),
  defaultTabs: place.dataset.operations.trim().split(/\n{2,}/).map(tab),
  defaultEditorToolsVisibility: "variables",
});
ReactDOM.createRoot(place).render(graphiql);
