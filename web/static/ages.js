// Ages on a page grow while it is open.
"use strict";
(() => {
  const zh = document.documentElement.lang.startsWith("zh");
  function age(ms) {
    const m = Math.floor(ms / 60000);
    if (m < 1) return zh ? "不到 1 分钟" : "< 1 min";
    if (m < 60) return zh ? `${m} 分钟` : `${m} min`;
    const [h, d] = [Math.floor(m / 60), Math.floor(m / 1440)];
    if (m < 1440 && m % 60 === 0) return zh ? `${h} 小时` : `${h} h`;
    if (m < 1440) return zh ? `${h} 小时 ${m % 60} 分` : `${h} h ${m % 60} min`;
    return zh ? `${d} 天 ${h % 24} 小时` : `${d} d ${h % 24} h`;
  }
  setInterval(() => {
    for (const t of document.querySelectorAll("time.ago")) t.textContent = age(Date.now() - Date.parse(t.dateTime));
  }, 30000);
})();
