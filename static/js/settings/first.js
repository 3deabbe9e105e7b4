/*
 * Before anything is painted: the theme, and whether this is a wall screen. No module, and so it waits
 * for no other; what is kept is looked at more closely in choice.js, a moment later.
 */
{
  const { dataset } = document.documentElement;
  if (new URLSearchParams(location.search).has("kiosk")) dataset.kiosk = "";
  try {
    const { theme, density } = JSON.parse(localStorage.getItem("monitor.settings") ?? "{}");
    Object.assign(dataset, { theme, density });
  } catch {
    // Nothing may be kept here, or what is kept means nothing.
  }
}
