// Makes the messages of a page dismissable. Their buttons stay hidden without this script.
"use strict";

for (const button of document.querySelectorAll("[data-dismiss-message]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.parentElement.remove();
    // The focus would be lost with the button: the content takes it.
    document.getElementById("content").focus();
  });
}
