// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** Endpoints as they are written and meant. */
class InetEndpointTest {
    @Test
    void theInterfaceThatAnAddressNamesIsTheEndpoints() {
        var endpoint = new InetEndpoint(InetAddress.ofLiteral("fe80::1%7"), 53);
        assertThat(endpoint.scope()).isEqualTo(7);
        assertThat(endpoint).hasToString("[fe80::1%7]:53");
        assertThat(new InetEndpoint(InetAddress.ofLiteral("fe80::1"), 53)).hasToString("[fe80::1]:53");
    }
}
