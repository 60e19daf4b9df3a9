// Starts Swagger UI on the page that carries the description's address.
const place = document.getElementById("api");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  deepLinking: true,
  persistAuthorization: false,
  // Its badge would ask another host.
  validatorUrl: null,
});
