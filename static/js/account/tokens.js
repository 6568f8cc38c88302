// Signing in changes the CSRF token of every form. The cookie always has the current one.
export const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

export function freshTokens() {
  const newest = token();
  if (newest) for (const input of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) input.value = newest;
}
