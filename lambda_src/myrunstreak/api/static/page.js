// Shows the document; the key stays in this page's memory and is gone with it.
window.ui = SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
});
