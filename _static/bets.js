// One click before each verdict: what will come out? The bets stay in this browser; the ledger counts them.

const KEY = "derived-proved-measured-bets";
const CHOICES = { holds: "holds", depends: "holds in part", fails: "does not hold" };
// A correction leaves the claim's point standing; what cannot be tested is no bet.
const ANSWER = { holds: "holds", corrected: "holds", depends: "depends", fails: "fails" };

function bets() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function bet(claim, choice) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...bets(), [claim]: choice }));
  } catch {
    // Without storage the bet lasts as long as the page.
  }
}

function button(text, pressed, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", press);
  return made;
}

function place(box) {
  const { claim } = box.dataset;
  const group = document.createElement("div");
  group.className = "bet-choices";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", `Your bet on ${claim}`);
  group.append("Your bet: ");
  for (const [choice, words] of Object.entries(CHOICES)) {
    group.append(
      button(words, bets()[claim] === choice, (event) => {
        bet(claim, choice);
        for (const other of group.querySelectorAll("button")) {
          other.setAttribute("aria-pressed", String(other === event.currentTarget));
        }
      }),
    );
  }
  box.append(group);
}

function count(box) {
  const outcomes = JSON.parse(box.dataset.outcomes);
  const placed = Object.entries(bets()).filter(([claim]) => outcomes[claim] in ANSWER);
  const right = placed.filter(([claim, choice]) => ANSWER[outcomes[claim]] === choice);
  const line = document.createElement("p");
  line.textContent = placed.length
    ? `You were right on ${right.length} of ${placed.length} bets.`
    : "You have placed no bets: each chapter asks for yours before it gives a verdict.";
  box.append(line);
}

function filter(box) {
  const words = JSON.parse(box.dataset.words);
  const rows = [...document.querySelectorAll(".ledger tbody tr")];
  const shown = (row, word) => word === null || row.cells[0].textContent.includes(word);
  const group = document.createElement("div");
  group.className = "bet-choices";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Show claims");
  const choices = [["all", null], ...Object.values(words).map((word) => [word, word])];
  for (const [text, word] of choices) {
    const number = rows.filter((row) => shown(row, word)).length;
    group.append(
      button(`${text} (${number})`, word === null, (event) => {
        for (const row of rows) row.hidden = !shown(row, word);
        for (const other of group.querySelectorAll("button")) {
          other.setAttribute("aria-pressed", String(other === event.currentTarget));
        }
      }),
    );
  }
  box.append(group);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".bet[data-claim]").forEach(place);
  for (const box of document.querySelectorAll(".bets-score")) {
    count(box);
    filter(box);
  }
});
