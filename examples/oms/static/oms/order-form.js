// Adds rows to the lines of an order. Without it, the form has some empty rows, and more after each save.
const total = document.querySelector("[name=lines-TOTAL_FORMS]");
const template = document.getElementById("empty-line");
const button = document.getElementById("add-line");

button.hidden = false;
button.addEventListener("click", () => {
  const row = document.createElement("div");
  row.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
  total.value = Number(total.value) + 1;
  document.getElementById("lines").append(...row.children);
  document.querySelector("#lines > :last-child select").focus();
});
