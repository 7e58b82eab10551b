// A browser lets no page that is opened from disk load modules or start Python: say so where something would move.
if (location.protocol === "file:")
  addEventListener("DOMContentLoaded", () => {
    const cells = document.querySelectorAll(".cell.tag_live");
    for (const place of [...document.querySelectorAll(".playground-place"), ...[...cells].slice(0, 1)]) {
      const note = document.createElement("p");
      const command = document.createElement("code");
      note.className = "from-disk";
      command.textContent = "make serve";
      note.append("Opened from disk, this stands still: ", command, " shows the book with all that moves.");
      place.prepend(note);
    }
  });
