// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Marks a class whose tests talk to the real kernel; named {@code *KernelTest} so that Failsafe starts it in a private
 * network namespace. It fails, rather than skips, anywhere else.
 */
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KernelTest.Guard.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
public @interface KernelTest {
    /** Runs {@link NamespaceGuard#requirePrivate()} before anything else of the class. */
    final class Guard implements BeforeAllCallback {
        /** Made by JUnit. */
        public Guard() {}

        @Override
        public void beforeAll(ExtensionContext context) {
            NamespaceGuard.requirePrivate();
        }
    }
}
