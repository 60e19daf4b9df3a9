// Starts ReDoc on the page that carries the description's address.
const place = document.getElementById("api");

window.Redoc.init(place.dataset.description, { hideDownloadButtons: false, disableSearch: false }, place);
