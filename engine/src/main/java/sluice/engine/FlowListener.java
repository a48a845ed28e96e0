// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import sluice.engine.flow.Flow;

/**
 * Hears of each flow twice, from the object that counts it. Called on any thread, for one flow in this order; must neither block nor throw.
 */
public interface FlowListener {
    /** Hears nothing. */
    FlowListener NONE = new FlowListener() {
        @Override
        public void started(Flow flow) {}

        @Override
        public void ended(Flow flow) {}
    };

    /** A flow was accepted; its way is not decided yet. */
    void started(Flow flow);

    /** It has ended; {@link Flow#ended()} tells why, and nothing in it changes any more. */
    void ended(Flow flow);
}
