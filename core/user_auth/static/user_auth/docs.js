// Shows the API's document; see docs.html.
"use strict";

const element = document.getElementById("api");

SwaggerUIBundle({
  domNode: element,
  url: element.dataset.document,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // Nothing of this page may leave for another host.
  validatorUrl: null,
});
