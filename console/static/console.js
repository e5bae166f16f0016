// Small helps that no page depends on: a refreshed progress, a live preview of a notice on a phone.
(function () {
  "use strict";
  var waiting = document.querySelector("[data-refresh]");
  if (waiting) {
    setTimeout(function () { location.reload(); }, Number(waiting.dataset.refresh));
  }
  document.querySelectorAll("[data-preview]").forEach(function (target) {
    var sources = target.dataset.preview.split(" ").map(function (id) { return document.getElementById(id); });
    function show() { target.textContent = sources.map(function (one) { return one.value; }).filter(Boolean).join("\n\n"); }
    sources.forEach(function (one) { one.addEventListener("input", show); });
    show();
  });
  document.querySelectorAll("select[data-go]").forEach(function (one) {
    one.addEventListener("change", function () { one.form.requestSubmit(); });
  });
})();
