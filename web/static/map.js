// Maps of a track. The server draws them (an SVG, which prints, too); where WebGL
// works, MapLibre takes its place. Nothing is asked of other hosts, but for the
// operator's own tiles where there are some.
"use strict";
(() => {
  const own = document.currentScript.dataset;
  const zh = document.documentElement.lang.startsWith("zh");
  const make = (tag, attributes, ...children) => {
    const el = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, v);
    el.append(...children);
    return el;
  };
  const collect = (features) => ({ type: "FeatureCollection", features });

  // library loads MapLibre once; it fails where WebGL is missing.
  let loading;
  function library() {
    loading ??= new Promise((done, failed) => {
      const canvas = document.createElement("canvas");
      if (!canvas.getContext("webgl2") && !canvas.getContext("webgl")) return failed(new Error("no WebGL"));
      const script = make("script", { src: own.lib });
      script.onload = () => {
        maplibregl.setWorkerUrl(own.worker);
        done(maplibregl);
      };
      script.onerror = failed;
      document.head.append(script);
    });
    return loading;
  }

  // colours are those of the style sheet, light or dark.
  function colours(frame) {
    const style = getComputedStyle(frame);
    const of = (name) => style.getPropertyValue(name).trim();
    return {
      ground: of("--map-ground"), area: of("--soft"), forbidden: of("--P1"), watch: of("--P2"), home: of("--good"), leave: of("--good"),
      heat: of("--P2"), track: of("--link"), ink: of("--ink"), paper: of("--paper"),
    };
  }

  const lines = (track) => {
    const out = [];
    track.features.forEach((f, i) => {
      if (i > 0) {
        const from = track.features[i - 1].geometry.coordinates;
        out.push({ type: "Feature", properties: { gap: f.properties.gap }, geometry: { type: "LineString", coordinates: [from, f.geometry.coordinates] } });
      }
    });
    return collect(out);
  };
  const ring = (f) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [f.properties.around] } });

  function styleOf(doc, c) {
    const kind = ["match", ["get", "kind"], "forbidden", c.forbidden, "watch", c.watch, "home", c.home, "leave", c.leave, c.area];
    const layers = [{ id: "ground", type: "background", paint: { "background-color": c.ground } }];
    const sources = {
      zones: { type: "geojson", data: doc.zones }, around: { type: "geojson", data: collect(doc.track.features.map(ring)) },
      lines: { type: "geojson", data: lines(doc.track) }, fixes: { type: "geojson", data: doc.track },
      here: { type: "geojson", data: collect([]) }, heat: { type: "geojson", data: doc.heat },
    };
    if (doc.tiles) {
      sources.tiles = { type: "raster", tiles: [doc.tiles], tileSize: 256, attribution: doc.attribution || "" };
      layers.push({ id: "tiles", type: "raster", source: "tiles" });
    }
    layers.push(
      { id: "fill", type: "fill", source: "zones", filter: ["get", "fill"], paint: { "fill-color": kind, "fill-opacity": 0.14 } },
      { id: "edge", type: "line", source: "zones", paint: { "line-color": kind, "line-width": 2 } },
      { id: "heat", type: "fill", source: "heat", paint: { "fill-color": c.heat, "fill-opacity": ["interpolate", ["linear"], ["get", "level"], 1, 0.12, 5, 0.72] } },
      { id: "around", type: "fill", source: "around", paint: { "fill-color": c.track, "fill-opacity": 0.06 } },
      { id: "gaps", type: "line", source: "lines", filter: ["get", "gap"], paint: { "line-color": c.track, "line-width": 1.5, "line-dasharray": [2, 3], "line-opacity": 0.7 } },
      { id: "track", type: "line", source: "lines", filter: ["!", ["get", "gap"]], layout: { "line-cap": "round" }, paint: { "line-color": c.track, "line-width": 3 } },
      { id: "fixes", type: "circle", source: "fixes", paint: { "circle-radius": ["case", ["get", "checkin"], 5, 3], "circle-color": ["case", ["get", "checkin"], c.home, c.track], "circle-stroke-color": c.paper, "circle-stroke-width": 1 } },
      { id: "here-around", type: "fill", source: "here", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.forbidden, "fill-opacity": 0.16 } },
      { id: "here", type: "circle", source: "here", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 8, "circle-color": c.forbidden, "circle-stroke-color": c.paper, "circle-stroke-width": 3 } },
    );
    return { version: 8, sources, layers };
  }

  const around = (coordinates) => {
    const [x, y] = [coordinates.map((p) => p[0]), coordinates.map((p) => p[1])];
    return [[Math.min(...x), Math.min(...y)], [Math.max(...x), Math.max(...y)]];
  };
  const room = { padding: { top: 72, bottom: 48, left: 48, right: 48 }, maxZoom: 16 };
  // What is to be seen: the track and the home near it, else all zones.
  function boundsOf(doc) {
    const home = doc.zones.features.filter((f) => f.properties.kind === "home").flatMap((f) => f.geometry.coordinates[0]);
    const points = doc.track.features.map((f) => f.geometry.coordinates);
    if (points.length && home.length && Math.hypot(points.at(-1)[0] - home[0][0], points.at(-1)[1] - home[0][1]) < 0.2) points.push(...home);
    if (points.length) return around(points);
    const all = home.length ? home : doc.zones.features.flatMap((f) => f.geometry.coordinates[0]);
    return all.length ? around(all) : null;
  }

  function named(lib, map, doc) {
    const places = doc.zones.features.filter((f) => f.properties.fill && f.properties.name);
    if (places.length > 12) return; // their names would cover the map; the page lists them
    for (const f of doc.zones.features) {
      if (!f.properties.fill || !f.properties.name) continue;
      const [[w, s], [e, n]] = around(f.geometry.coordinates[0]);
      new lib.Marker({ element: make("span", { class: "zname" }, f.properties.name) }).setLngLat([(w + e) / 2, (s + n) / 2]).addTo(map);
    }
  }

  // globe puts MapLibre above the drawing and answers how to move along the track.
  async function globe(frame, doc) {
    const lib = await library();
    const bounds = boundsOf(doc);
    if (!bounds) return null;
    const box = make("div", { class: "gl" });
    frame.prepend(box);
    const map = new lib.Map({
      container: box, style: styleOf(doc, colours(frame)), bounds, fitBoundsOptions: room,
      attributionControl: doc.attribution ? {} : false, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: 0,
      cooperativeGestures: true, locale: zh ? {
        "Map.Title": "地图", "CooperativeGesturesHandler.WindowsHelpText": "按住 Ctrl 并滚动以缩放地图",
        "CooperativeGesturesHandler.MacHelpText": "按住 ⌘ 并滚动以缩放地图", "CooperativeGesturesHandler.MobileHelpText": "用两根手指移动地图",
      } : {},
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new lib.ScaleControl({ maxWidth: 160 }), "bottom-left");
    await new Promise((done, failed) => {
      map.once("idle", done);
      map.once("error", (e) => failed(e.error));
    });
    named(lib, map, doc);
    const press = (label, text, act) => {
      const b = make("button", { type: "button", "aria-label": label, title: label }, text);
      b.addEventListener("click", act);
      return b;
    };
    frame.append(make("p", { class: "zoom" },
      press(frame.dataset.in, "＋", () => map.zoomIn()), press(frame.dataset.out, "－", () => map.zoomOut()),
      press(frame.dataset.whole, frame.dataset.whole, () => map.fitBounds(bounds, room))));
    frame.classList.add("ready");
    frame.classList.remove("still");
    frame.addEventListener("stays", (e) => {
      for (const id of ["around", "gaps", "track", "fixes", "here-around", "here"]) map.setLayoutProperty(id, "visibility", e.detail ? "none" : "visible");
    });
    return (f) => map.getSource("here").setData(collect([f, ring(f)]));
  }

  // Without WebGL the same is done on the drawing.
  function paper(frame) {
    const fixes = frame.querySelectorAll(".fix");
    const here = frame.querySelector(".last");
    return (f) => {
      const at = fixes[f.properties.n];
      for (const k of ["cx", "cy"]) here.setAttribute(k, at.getAttribute(k));
    };
  }

  // stays shows the cells of the time spent alone, or with the track.
  function stays(frame, doc) {
    if (!doc.heat.features.length) return;
    const b = make("button", { type: "button", "aria-pressed": "false", class: "stays-switch" }, frame.dataset.heat);
    b.addEventListener("click", () => {
      const only = frame.classList.toggle("stays-only");
      b.setAttribute("aria-pressed", String(only));
      b.textContent = only ? frame.dataset.both : frame.dataset.heat;
      frame.dispatchEvent(new CustomEvent("stays", { detail: only }));
    });
    frame.querySelector(".legend").before(b);
  }

  function player(frame, doc, show) {
    const last = doc.track.features.length - 1;
    if (last < 1) return;
    const text = make("output", {});
    const slider = make("input", { type: "range", min: 0, max: last, value: last, "aria-label": frame.dataset.time });
    const play = make("button", { type: "button" }, frame.dataset.play);
    const go = (i) => {
      const f = doc.track.features[i];
      slider.value = i;
      text.textContent = f.properties.text;
      slider.setAttribute("aria-valuetext", f.properties.text);
      show(f);
    };
    let timer = 0;
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = frame.dataset.play;
    };
    play.addEventListener("click", () => {
      if (timer) return stop();
      let i = Number(slider.value) >= last ? 0 : Number(slider.value);
      play.textContent = frame.dataset.pause;
      timer = setInterval(() => {
        go(i);
        if (i++ >= last) stop();
      }, Math.max(40, Math.min(250, 12000 / last)));
    });
    slider.addEventListener("input", () => {
      stop();
      go(Number(slider.value));
    });
    frame.querySelector(".legend").before(make("div", { class: "player" }, play, slider, text));
    go(last);
  }

  async function load(frame) {
    delete frame.dataset.done;
    try {
      const r = await fetch(frame.dataset.src, { headers: { "X-Requested-With": "fetch", Accept: "application/json" }, credentials: "same-origin" });
      if (!r.ok) throw new Error(String(r.status));
      const doc = await r.json();
      frame.innerHTML = doc.svg; // the server's own drawing
      frame.classList.add("still");
      const show = await globe(frame, doc).catch(() => {
        frame.querySelector(".gl")?.remove();
        return null;
      });
      frame.classList.remove("stays-only");
      player(frame, doc, show || paper(frame));
      stays(frame, doc);
      frame.dataset.done = show ? "map" : "drawing";
    } catch {
      frame.replaceChildren(make("p", { class: "notice bad" }, frame.dataset.failed));
      frame.dataset.done = "failed";
    }
  }

  for (const frame of document.querySelectorAll(".map[data-src]")) {
    frame.querySelector("a")?.addEventListener("click", (e) => {
      e.preventDefault();
      load(frame);
    });
    const form = frame.parentElement.querySelector(".track-form");
    form?.addEventListener("submit", (e) => {
      e.preventDefault();
      frame.dataset.src = form.action + "?" + new URLSearchParams(new FormData(form));
      frame.classList.remove("ready");
      load(frame);
    });
    if (frame.dataset.now) load(frame);
  }
})();
