// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What ARCHITECTURE.md says of who may use what, where module descriptors cannot say it. */
class ArchitectureTest {
    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("sluice");

    @Test
    void onlyLinuxCallsForeignFunctions() {
        noClasses()
                .that()
                .resideInAPackage("sluice..")
                .and()
                .resideOutsideOfPackage("sluice.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(PRODUCTION);
    }

    @Test
    void onlyTheDaemonLogs() {
        noClasses()
                .that()
                .resideInAPackage("sluice..")
                .and()
                .resideOutsideOfPackage("sluice.daemon..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.slf4j..")
                .check(PRODUCTION);
    }

    @Test
    void rulesDoNotTouchTheSystem() {
        noClasses()
                .that()
                .resideInAPackage("sluice.rules..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("sluice.linux..", "sluice.netlink..", "sluice.cgroup..", "java.nio.channels..")
                .check(PRODUCTION);
    }
}
