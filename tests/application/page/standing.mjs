// Runs the page's own script outside a browser and answers cases: facts and an instant in, the standing and its words out.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const context = vm.createContext({ Intl, Date, Math, Number, String, JSON });
vm.runInContext(readFileSync(process.argv[2], "utf8"), context);
const cases = JSON.parse(readFileSync(0, "utf8"));
const answered = cases.map(({ facts, now }) => {
  const standing = context.findStanding(facts, now);
  return {
    ...standing,
    word: context.stateWord(standing, facts),
    line: context.stateLine(standing, facts),
    week: [0, 1, 2, 3, 4, 5, 6].map((back) => context.dayWord(standing.today - back, standing.today, facts)),
    freshness: context.freshnessLine(facts, standing.today),
  };
});
process.stdout.write(JSON.stringify(answered));
