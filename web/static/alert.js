// Page of one alert: everything works without this file. It adds keys and
// the word that the alert has changed.
"use strict";
(() => {
  const page = document.body.dataset;
  const typing = (el) => el.closest("input:not([type=radio]):not([type=checkbox]), textarea, select") !== null;

  function open(key) {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    if (target.tagName === "DETAILS") {
      target.open = true;
      const first = target.querySelector(".panel input:not([type=hidden]), .panel textarea, .panel select");
      (first || target.querySelector("summary")).focus();
    } else if (key === "a") {
      target.requestSubmit();
    } else if (target.tagName === "FORM") {
      target.querySelector("button").focus();
    } else {
      target.focus();
    }
    target.scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat) return;
    if (e.key === "Escape") {
      for (const d of document.querySelectorAll("details[name=act][open]")) {
        d.open = false;
        d.querySelector("summary").focus();
      }
      return;
    }
    if (typing(e.target)) return;
    if (e.key === "?") {
      const keys = document.querySelector(".keys");
      keys.open = !keys.open;
      keys.scrollIntoView({ block: "nearest" });
    } else if (e.key === "u") {
      location.href = "/";
    } else if (/^[a-z1-9]$/.test(e.key) && open(e.key)) {
      e.preventDefault();
    }
  });
  document.addEventListener("click", (e) => {
    if (e.target.dataset && e.target.dataset.press) open(e.target.dataset.press);
  });
  for (const file of document.querySelectorAll("input[type=file]")) {
    file.addEventListener("change", () => {
      const large = file.files[0] && file.files[0].size > Number(file.dataset.max);
      file.setCustomValidity(large ? file.dataset.large : "");
      file.reportValidity();
    });
  }

  // Nobody's typing is thrown away: the page only says that it is out of date.
  const source = new EventSource("/stream?after=" + encodeURIComponent(page.after));
  const newer = () => { document.getElementById("newer").hidden = false; };
  source.addEventListener("alert", (e) => {
    const a = JSON.parse(e.data);
    if (a.id === page.id && a.version > Number(page.version)) newer();
  });
  source.addEventListener("reset", newer);
})();
