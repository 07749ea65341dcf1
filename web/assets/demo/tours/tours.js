// The tours: what a presenter does, step by step. The words of each step are in texts.js, under
// `tour.<tour>.<step>.`: `do`, `see` and `guard`.
//
// An action is one thing that the page does when its button is pressed: `say` in the chat, `choose`
// a suggestion, `signIn` as somebody, give the app's `code`, have a code `bySms`, `text` from the
// phone, look at somebody's `phone`, or begin a `short` session.

export const TOURS = [
  {
    id: "bank",
    person: "alice",
    steps: [
      ["ask", [{ say: "what's my balance?" }]],
      ["signIn", [{ signIn: "alice" }]],
      ["pay", [{ say: "send Anna 50 euros" }]],
      ["change", [{ say: "make it 60" }]],
      ["approve", [{ bySms: true }]],
      ["text", [{ text: "which bills are due?" }, { text: "what's my balance?" }]],
      ["ending", [{ short: true }, { signIn: "alice" }]],
    ],
  },
  {
    id: "clinic",
    person: "pat",
    steps: [
      ["ask", [{ say: "when is my next appointment?" }, { signIn: "pat" }]],
      ["results", [{ say: "show me my lab results" }]],
      ["others", [{ say: "show me the lab results of Quinn Abbott" }]],
      ["physician", [{ signIn: "dana" }, { say: "show me the lab results of Quinn Abbott" }]],
      [
        "emergency",
        [
          { say: "I need emergency access to the record of Quinn Abbott" },
          { choose: "I treat them" },
          { say: "She was found unconscious and nobody knows her medications" },
          { choose: "Lab results" },
        ],
      ],
      ["told", [{ phone: "quinn" }]],
    ],
  },
  {
    id: "work",
    person: "erin",
    steps: [
      ["ask", [{ say: "how many days of leave do I have left?" }, { signIn: "erin" }]],
      ["leave", [{ say: "I'd like to have friday next week off" }, { choose: "Yes" }]],
      ["payslip", [{ say: "can i get my latest payslip" }]],
      ["deposit", [{ say: "I want to change my direct deposit" }, { say: "XN40GLBX000400559921" }]],
      ["approve", [{ code: true }]],
      ["manager", [{ signIn: "mark" }, { say: "show me the pending time off requests of my team" }]],
      ["locked", [{ fresh: "erin" }, { say: "I forgot my password" }]],
    ],
  },
  {
    id: "shop",
    person: "carl",
    steps: [
      ["text", [{ text: "where are my headphones?" }]],
      ["ask", [{ say: "where is order AC-10482" }, { signIn: "carl" }]],
      ["others", [{ say: "where is order AC-10490" }]],
      ["refused", [{ signIn: "sue" }, { say: "I'd like to see the orders of Carl Jensen" }]],
      ["consent", [{ signIn: "carl" }, { say: "let support help me for 30 minutes" }]],
      ["approve", [{ code: true }]],
      ["helped", [{ signIn: "sue" }, { say: "I'd like to see the orders of Carl Jensen" }]],
    ],
  },
];
