// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import sluice.testkit.Internet;

class Ipv4EngineKernelTest extends TransparentRelaySemantics {
    Ipv4EngineKernelTest() {
        super(Internet.SERVER4, "198.51.100.99");
    }
}
