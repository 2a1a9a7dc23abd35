// Where to go after signing in. Pure.

// A path of this console, or "/": an address of another host, or of the sign-in page itself, is not followed.
export function safeNext(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return "/";
  const base = "https://console.invalid";
  let address: URL;
  try {
    // Browsers drop tabs and line ends and turn backslashes: what is left must still be a path.
    address = new URL(next, base);
  } catch {
    return "/";
  }
  if (address.origin !== base || address.pathname.startsWith("//")) return "/";
  if (address.pathname === "/login") return "/";
  return address.pathname + address.search + address.hash;
}
