// The CSRF token of the page shown, for htmx and for the few requests that scripts send themselves.

// It stands in the body, not in <head>: after a log-in the swapped body brings a new one.
const token = () => document.getElementById("shell")?.dataset.csrf ?? "";

/** Give each request of htmx that may change something the token. */
export function startRequests() {
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });
}

/** POST `fields` (FormData or an object) and return {ok, status, text}; never throws. */
export async function postForm(url, fields) {
  const body = new URLSearchParams();
  const entries = fields instanceof FormData ? fields.entries() : Object.entries(fields);
  for (const [name, value] of entries) {
    if (!(value instanceof File)) body.append(name, value);
  }
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-CSRFToken": token(), "HX-Request": "true" },
    });
    // A redirect means the session ended: what comes back is the log-in page, not an answer.
    return { ok: response.ok && !response.redirected, status: response.status, text: await response.text() };
  } catch {
    return { ok: false, status: 0, text: "The server cannot be reached." };
  }
}
