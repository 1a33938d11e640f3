import type { GroupDecision } from '../figures.ts';
import type { RuleId } from './why.ts';

/** One reason for a decision. */
export interface Rule<Seen> {
  id: RuleId;
  /** The decision, or null where the rule has nothing to say about what it sees. */
  decide(seen: Seen): GroupDecision | null;
}

/** A decision, and the rule that made it. */
export interface Decided {
  decision: GroupDecision;
  rule: RuleId;
}

/** What the first rule says that says something; null where none does. */
export function firstOf<Seen>(rules: readonly Rule<Seen>[], seen: Seen): Decided | null {
  for (const { id, decide } of rules) {
    const decision = decide(seen);
    if (decision) return { decision, rule: id };
  }
  return null;
}

export function poisonIf(applies: boolean): GroupDecision | null {
  return applies ? 'poison' : null;
}

export function innocentIf(applies: boolean): GroupDecision | null {
  return applies ? 'innocent' : null;
}

export function unsureIf(applies: boolean): GroupDecision | null {
  return applies ? 'unsure' : null;
}
