"use strict";

// Read only: a call needs a signature, which a browser page has no key for.
const place = document.getElementById("api");
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  supportedSubmitMethods: [],
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
});
