// What the page shows is in its address: a link, a reload and the way back find it again.

/** Return the parameters of `names` that the address has. */
export function asked(names) {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(names.map((name) => [name, query.get(name)]).filter(([, value]) => value));
}

/** Let the address say these; what is empty is left out. Other parameters stay. */
export function remember(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const said = query.toString();
  history.replaceState(null, "", said ? `?${said}` : location.pathname);
}

/** Return `path` with these parameters; a + and a & stay what they are. */
export function withQuery(path, values) {
  const said = Object.entries(values)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return said.length ? `${path}?${said.join("&")}` : path;
}
