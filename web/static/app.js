// Live list: everything works without this file. Rows and counters are rendered
// by the server; here they are only fetched and put in place.
"use strict";
(() => {
  const live = document.getElementById("live");
  const lost = document.getElementById("lost");
  const title = document.title;
  const query = location.search;
  const waiting = new Set();
  let countersDue = 0;
  let seen = live.dataset.after;
  let outdated = false;

  const el = (html) => {
    const t = document.createElement("template");
    t.innerHTML = html.trim();
    return t.content.firstElementChild;
  };

  async function get(path, options) {
    const r = await fetch(path, {
      ...options,
      headers: { "X-Requested-With": "fetch", Accept: "text/html", ...(options && options.headers) },
      credentials: "same-origin",
    });
    if (r.status === 401) {
      document.getElementById("out").hidden = false;
      throw new Error("signed out");
    }
    return r;
  }

  // A row somebody works in is never pulled away from under their hands.
  const busy = (row) => row.querySelector("details[open]") !== null;

  function tidy() {
    let rows = 0;
    for (const s of document.querySelectorAll("section[data-severity]")) {
      const n = s.querySelectorAll(".alert").length;
      s.hidden = n === 0;
      rows += n;
    }
    const empty = document.getElementById("empty");
    if (empty) empty.hidden = rows > 0;
  }

  function place(row, fresh) {
    const old = document.getElementById(row.id);
    if (old && old.dataset.severity === row.dataset.severity) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(row);
      if (focused) row.focus();
      return;
    }
    if (!old && document.querySelector("[data-grouped]")) {
      outdated = true; // where a new alert belongs, the server knows
      reloadIfIdle();
      return;
    }
    if (old) old.remove();
    const list = document.querySelector(`section[data-severity="${row.dataset.severity}"] ol`);
    if (!list) return;
    list.prepend(row);
    if (fresh) row.classList.add("fresh");
  }

  async function renew(id, force) {
    const old = document.getElementById("a-" + id);
    if (old && busy(old) && !force) {
      old.querySelector(".newer").hidden = false;
      return;
    }
    const r = await get(`/alerts/${encodeURIComponent(id)}/row${query}`);
    if (r.status === 204 || r.status === 404) {
      if (old) old.remove();
    } else if (r.ok) {
      const row = el(await r.text());
      if (!old || Number(old.dataset.version) <= Number(row.dataset.version)) place(row, !old);
    }
    tidy();
  }

  async function counters() {
    countersDue = 0;
    const r = await get("/counters" + query);
    if (!r.ok) return;
    document.getElementById("counters").replaceWith(el(await r.text()));
    const open = [...document.querySelectorAll(".tile")].reduce((n, t) => n + Number(t.dataset.open), 0);
    document.title = open ? `(${open}) ${title}` : title;
  }

  function dueCounters() {
    if (!countersDue) countersDue = setTimeout(() => counters().catch(() => {}), 400);
  }

  // Changes of one alert that arrive together cost one fetch.
  function dueRow(id) {
    if (waiting.has(id)) return;
    waiting.add(id);
    setTimeout(() => {
      waiting.delete(id);
      renew(id, false).catch(() => {});
    }, 150);
  }

  // Too much was missed to catch up row by row; whoever is typing finishes first.
  function reloadIfIdle() {
    if (outdated && !document.querySelector(".alert details[open]")) location.reload();
  }
  document.addEventListener("toggle", reloadIfIdle, true);

  function connect() {
    const source = new EventSource("/stream?after=" + encodeURIComponent(seen));
    live.textContent = live.dataset.wait;
    source.onopen = () => {
      live.textContent = live.dataset.ready;
      live.classList.add("on");
      lost.hidden = true;
      dueCounters();
    };
    source.onerror = () => {
      live.classList.remove("on");
      live.textContent = live.dataset.wait;
      if (lost.hidden) lost.querySelector("time").textContent = new Date().toTimeString().slice(0, 5);
      lost.hidden = false;
      if (source.readyState === EventSource.CLOSED) {
        get("/counters" + query).catch(() => {});
        setTimeout(connect, 5000);
      }
    };
    source.addEventListener("alert", (e) => {
      seen = e.lastEventId;
      dueRow(JSON.parse(e.data).id);
    });
    source.addEventListener("overview", (e) => {
      seen = e.lastEventId;
      dueCounters();
    });
    source.addEventListener("reset", () => {
      outdated = true;
      reloadIfIdle();
    });
  }

  async function submit(form) {
    const row = form.closest(".alert");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const r = await get(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const html = await r.text();
      const next = el(html);
      if (next && next.matches(".alert")) {
        place(next, false);
        next.focus();
        dueCounters();
        return;
      }
      form.submit(); // the server says something else: show it as a page
    } catch {
      button.disabled = false;
      lost.hidden = false;
      row.querySelector(".newer").hidden = true;
    }
  }

  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form.act")) return;
    e.preventDefault();
    submit(e.target);
  });
  document.addEventListener("click", (e) => {
    if (e.target.matches(".renew")) renew(e.target.closest(".alert").dataset.id, true).catch(() => {});
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    for (const d of document.querySelectorAll("details[open]")) {
      d.open = false;
      d.querySelector("summary").focus();
    }
  });
  // Most rows have links in place of their forms, which are fetched when wanted.
  async function unfold(row, key) {
    const link = row.querySelector(`a[data-key="${key}"]`);
    if (link) {
      try {
        await renew(row.dataset.id, true);
      } catch {
        location.href = link.href;
        return;
      }
    }
    const panel = document.getElementById(row.id)?.querySelector(`details[data-key="${key}"]`);
    if (!panel) return;
    panel.open = true;
    panel.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  }
  document.addEventListener("click", (e) => {
    const link = e.target.closest(".alert a[data-key]");
    if (!link || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    unfold(link.closest(".alert"), link.dataset.key);
  });
  // Keys work on the row that has the focus, or the first one.
  function step(way) {
    const rows = [...document.querySelectorAll(".alert")].filter((r) => r.offsetParent !== null);
    const at = rows.indexOf(document.activeElement.closest(".alert"));
    const to = rows[Math.max(0, Math.min(rows.length - 1, at + way))];
    if (to) to.focus();
  }
  function onRow(key) {
    const row = document.activeElement.closest(".alert");
    if (!row) return false;
    if (key === "Enter") {
      if (document.activeElement !== row) return false;
      location.href = "/alerts/" + encodeURIComponent(row.dataset.id);
    } else if (key === "a") {
      row.querySelector("form[action$='/ack']")?.requestSubmit();
    } else {
      if (!row.querySelector(`[data-key="${key}"]`)) return false;
      unfold(row, key);
    }
    return true;
  }
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat && e.key === "a") return;
    if (e.target.closest("input, textarea, select")) return;
    if (e.key === "j" || e.key === "k") step(e.key === "j" ? 1 : -1);
    else if (!["a", "c", "n", "Enter"].includes(e.key) || !onRow(e.key)) return;
    e.preventDefault();
  });
  for (const s of document.querySelectorAll(".filter select")) {
    s.addEventListener("change", () => s.form.requestSubmit());
  }
  for (const f of document.querySelectorAll(".filter input:not([type=hidden])")) {
    f.addEventListener("change", () => f.form.requestSubmit());
  }
  document.querySelector(".filter button").hidden = true; // a choice submits itself

  setInterval(dueCounters, 30000);

  connect();
})();
