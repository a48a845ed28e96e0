# SPDX-License-Identifier: Apache-2.0
.POSIX:
.PHONY: help build install uninstall test soak demo bench format clean

PREFIX = /usr/local
DESTDIR =

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r name what; do printf 'make %-9s %s\n' "$$name" "$$what"; done

build: ## the program, in dist/target/sluice (./sluice does it by itself)
	@build/install-packages build
	@build/package

install: ## the program below PREFIX (/usr/local) and its unit, as root; DESTDIR as usual
	@[ -n '$(DESTDIR)' ] || build/need-root 'make install without DESTDIR'
	@build/install-packages build
	@./sluice --version >/dev/null
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' dist/target/sluice/lib/install

uninstall: ## stops and removes what install put there; /etc/sluice and /var/lib/sluice stay
	@DESTDIR='$(DESTDIR)' '$(DESTDIR)$(PREFIX)/lib/sluice/lib/uninstall'

test: ## everything that has to pass, as root
	@build/test

soak: ## the same with the long runs whole, and the packages in a bare Debian, as root
	@build/test -Dtest.soak=true -Dtests.timeout=14400
	@build/install-packages soak
	@build/check-bare-debian

demo: ## a private world with a small internet that shows what Sluice does, as root
	@build/need-root 'make demo, which makes network namespaces and cgroups,'
	@build/install-packages build demo
	@./sluice demo

bench: ## how fast it is, beside the least that could do the same, as root
	@build/bench

format: ## Java, XML and C as the formatters want them
	@build/install-packages build format
	@build/maven -q spotless:apply
	@find . -name target -prune -o -path '*/src/*' -name '*.[ch]' -exec clang-format -i {} +

clean: ## removes what was built
	@build/maven -q clean
	@rm -rf target
