// A state machine over a table of {state: {event: next state}}. An event that the state does not list is ignored.
export function startMachine(transitions, first, entered = () => {}) {
  let state = first;
  entered(state);
  return {
    is: (...states) => states.includes(state),
    // Go on to the next state; false when the event is ignored.
    on(event) {
      const next = transitions[state][event];
      if (!next) return false;
      state = next;
      entered(state);
      return true;
    },
  };
}
