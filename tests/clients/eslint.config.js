// The rules of @graphql-eslint for schemas. Run from the root of the repository.
import graphql from "@graphql-eslint/eslint-plugin";

// What has no id: it is part of something else, or the answer to one request.
const withoutId = {
  types: ["Delivery", "InvitationEvent", "InvitationPreview", "LinkRequest", "PageInfo", "UserError", "Viewer", "WorkspaceDeletion"],
  suffixes: ["Connection", "Edge", "Payload"],
};

export default [
  {
    files: ["schema.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: "schema.graphql" } } },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      "@graphql-eslint/strict-id-in-types": ["error", { exceptions: withoutId }],
      // Payloads have lists of userErrors, which are no edges.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
          // The standard's own.
          ignoredSelectors: ["DirectiveDefinition > InputValueDefinition"],
        },
      ],
      // The standard's own directive, printed for scalars whether one uses it or not.
      "@graphql-eslint/no-unreachable-types": "off",
    },
  },
];
