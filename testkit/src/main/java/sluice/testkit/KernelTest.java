// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Marks a class whose tests talk to the real kernel; named {@code *KernelTest} so that Failsafe starts it in a private
 * network namespace. It fails, rather than skips, anywhere else.
 *
 * <p>Test and life-cycle methods may have a {@link Lab} parameter. One asked for in a {@code @BeforeAll} method is the whole
 * class's, otherwise each test has its own; it is closed for them, and a failed test prints {@link Lab#report}.
 */
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KernelTest.Guard.class)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
public @interface KernelTest {
    /** Runs {@link NamespaceGuard#requirePrivate()} before anything else of the class, and hands out labs. */
    final class Guard implements BeforeAllCallback, ParameterResolver, AfterTestExecutionCallback {
        private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(Lab.class);

        /** Made by JUnit. */
        public Guard() {}

        @Override
        public void beforeAll(ExtensionContext context) {
            NamespaceGuard.requirePrivate();
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Lab.class;
        }

        @Override
        public Lab resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getStore(STORE).computeIfAbsent(Lab.class, key -> open(context), Lab.class);
        }

        private static Lab open(ExtensionContext context) {
            try {
                return Lab.open(context.getRequiredTestClass().getSimpleName());
            } catch (IOException e) {
                throw new UncheckedIOException("open a lab for " + context.getDisplayName(), e);
            }
        }

        @Override
        public void afterTestExecution(ExtensionContext context) throws Exception {
            @Nullable Lab lab = context.getStore(STORE).get(Lab.class, Lab.class);
            if (lab == null || context.getExecutionException().isEmpty()) {
                return;
            }
            System.err.println(context.getDisplayName() + " failed in " + lab.report());
            long hold = Long.parseLong(System.getenv().getOrDefault("SLUICE_LAB_HOLD", "0"));
            if (hold > 0) {
                System.err.println("held open for " + hold + " s (SLUICE_LAB_HOLD)");
                TimeUnit.SECONDS.sleep(hold);
            }
        }
    }
}
