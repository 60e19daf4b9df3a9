// Sends the new password with the secret of the address, and says what came of it.
const form = document.getElementById("reset");
const outcome = document.getElementById("outcome");

async function setPassword(password) {
  const token = new URLSearchParams(window.location.search).get("token") ?? "";
  const answer = await fetch(form.dataset.address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, new_password: password }),
  });
  const body = await answer.json();
  return answer.ok ? body.message : body.error.message;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    outcome.textContent = await setPassword(form.elements.password.value);
  } catch {
    outcome.textContent = "The server cannot be reached; check the connection and try again.";
  }
});
