#pragma once

namespace bncheck {

/// From now on SIGINT, SIGTERM and SIGHUP ask for an end, which interruption() tells, where they are not ignored; another one
/// half a second later ends the process at once. Signals belong to the process: what they ask for does too.
void ask_for_interruption();

/// Thrown where something is waited for, once an end is asked for.
struct Interrupted {};

/// The signal that has asked for an end, or 0.
int interruption();

/// Ends the process by the signal that has asked for it, as if it had not been caught: so shells know that the user wants to
/// stop. Returns where there was none.
void end_if_interrupted();

}  // namespace bncheck
