// Light or dark. Runs before the first paint, so that a chosen theme does not flash; the choice is
// the only thing that this page ever stores on the device.
(() => {
  const root = document.documentElement;
  const KEY = "gatehouse.theme";

  function stored(write) {
    try {
      if (write) localStorage.setItem(KEY, write);
      return localStorage.getItem(KEY);
    } catch {
      return null; // Storage is switched off: the choice lasts as long as the page.
    }
  }

  function toggle() {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    stored(root.dataset.theme);
  }

  const before = stored();
  if (before === "light" || before === "dark") root.dataset.theme = before;
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", toggle);
  });
})();
