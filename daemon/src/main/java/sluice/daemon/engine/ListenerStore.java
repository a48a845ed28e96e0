// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.Map;
import sluice.linux.FileDescriptor;

/** Keeps listeners from one run of the daemon to the next, so that a restart refuses nobody. */
public interface ListenerStore {
    /** What an earlier run stored under names with this beginning, by name, once; the caller owns it. */
    Map<String, FileDescriptor> takeAll(String prefix);

    /** Has a copy of the descriptor kept. */
    void store(String name, FileDescriptor descriptor);

    /** Has what was stored under the name forgotten. */
    void forget(String name);
}
