// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** A name that DNS gave to one application means nothing for the flows of another one. */
@KernelTest
@Timeout(300)
class GivenNamesKernelTest {
    private static final String THROUGH_PROXY = "web from " + Internet.OTHER4 + " ";
    private static final String DIRECT = "web from " + Internet.MACHINE4 + " ";

    private static NameWorld world;

    @BeforeAll
    static void start(Lab lab) throws Exception {
        world = NameWorld.open(lab, Machine.with(lab, "proxied/one", "proxied/two", "other"));
    }

    @AfterAll
    static void stop() throws IOException {
        world.close();
    }

    /** A daemon that remembers nothing yet, with a route for the name. */
    private static void apply(String mode) throws IOException {
        world.machine()
                .apply(world.configuration(
                        "mode: " + mode + ", servers: ['udp://" + Internet.SERVER4 + "']",
                        "routes: [{domain: " + NameWorld.WEB + ", outbound: direct}]\n"));
        world.machine().daemon().cli("dns", "--flush");
    }

    private static String number(String cgroup) throws IOException {
        return world.machine().page(cgroup, Internet.SERVER4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"real", "fake-ip"})
    void anAddressThatAnotherApplicationWasGivenIsOnlyAnAddress(String mode) throws Exception {
        apply(mode);
        assertThat(number("proxied/two")).startsWith(THROUGH_PROXY);
        // The engine looks the name up itself here where it gives fake addresses.
        assertThat(world.page("proxied/one", NameWorld.WEB)).startsWith(DIRECT);
        assertThat(number("proxied/two")).startsWith(THROUGH_PROXY);
    }

    @Test
    void anApplicationThatWasGivenATrueAddressMeansTheName() throws Exception {
        apply("real");
        assertThat(number("proxied/one")).startsWith(THROUGH_PROXY);
        assertThat(world.dig("proxied/one", NameWorld.STUB, NameWorld.WEB)).isEqualTo(Internet.SERVER4);
        assertThat(number("proxied/one")).startsWith(DIRECT);
        // From the cache as well, and over TCP.
        assertThat(world.dig("proxied/two", NameWorld.STUB, "+tcp", NameWorld.WEB))
                .isEqualTo(Internet.SERVER4);
        assertThat(number("proxied/two")).startsWith(DIRECT);
    }

    @Test
    void aFakeAddressThatTheEngineLookedUpLeavesNoNameBehind() throws Exception {
        apply("fake-ip");
        assertThat(world.page("proxied/one", NameWorld.WEB)).startsWith(DIRECT);
        assertThat(number("proxied/one")).startsWith(THROUGH_PROXY);
    }
}
