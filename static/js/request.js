// The few requests that scripts send themselves: POST of form fields with the CSRF token.

/** POST `fields` (FormData or an object) and return {ok, status, text}; never throws. */
export async function postForm(url, fields) {
  const body = new URLSearchParams();
  const entries = fields instanceof FormData ? fields.entries() : Object.entries(fields);
  for (const [name, value] of entries) {
    if (!(value instanceof File)) body.append(name, value);
  }
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-CSRFToken": token, "HX-Request": "true" },
    });
    // A redirect means the session ended: what comes back is the log-in page, not an answer.
    return { ok: response.ok && !response.redirected, status: response.status, text: await response.text() };
  } catch {
    return { ok: false, status: 0, text: "The server cannot be reached." };
  }
}
