// Signing in changes the token that every form carries; the cookie always holds the newest.
export const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

export function freshTokens() {
  const newest = token();
  if (newest) for (const input of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) input.value = newest;
}
