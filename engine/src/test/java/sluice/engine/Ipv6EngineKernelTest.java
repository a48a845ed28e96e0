// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import sluice.testkit.Internet;

class Ipv6EngineKernelTest extends TransparentRelaySemantics {
    Ipv6EngineKernelTest() {
        super(Internet.SERVER6, "2001:db8:3::99");
    }
}
