# make          build/sonde
# make run      every file being opened, live, until Ctrl-C
# make check    all tests (those on the live kernel need root)
# make bench    measure, beside bpftrace
# make fuzz     each fuzz target for FUZZ_SECONDS
# make install  to PREFIX (and DESTDIR)
CC = gcc
BUILD = build
PREFIX = /usr/local
FUZZ_SECONDS = 30
CFLAGS = -O2 -g
# make Q= shows the commands
Q = @
WARNINGS = -Wall -Wextra -Werror
ALL_CFLAGS = -std=gnu17 $(WARNINGS) -Isrc -D_GNU_SOURCE -ffunction-sections -fdata-sections $(CFLAGS)
LIBS = -lelf -lz

LAYERS = base target type lang code trace view cmd
SOURCES = $(foreach layer,$(LAYERS),$(wildcard src/$(layer)/*.c))
OBJECTS = $(SOURCES:src/%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/tools.o
TOOLS = $(wildcard tools/*.bt)
HEADERS = $(wildcard src/*/*.h src/*/*.def)
UNIT = $(patsubst test/%.c,$(BUILD)/test/%,$(wildcard test/*/*_test.c))
FUZZ = $(patsubst test/%.c,$(BUILD)/fuzz/%,$(wildcard test/*/*_fuzz.c))
HELPERS = $(patsubst test/helper/%.c,$(BUILD)/helper/%,$(wildcard test/helper/*.c))
# the same sources again with the sanitizers; dynamic, since gcc refuses -static there
ASAN_FLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
ASAN_OBJECTS = $(OBJECTS:$(BUILD)/obj/%=$(BUILD)/asan/%)

all: $(BUILD)/sonde compile_commands.json

$(BUILD)/sonde: $(OBJECTS)
	@echo '  LINK  $@'
	$(Q)$(CC) -static -Wl,--gc-sections -o $@.debug $^ $(LIBS)
	$(Q)strip -o $@ $@.debug

$(BUILD)/sonde-asan: $(ASAN_OBJECTS)
	@echo '  LINK  $@'
	$(Q)$(CC) $(ASAN_FLAGS) -o $@ $^ $(LIBS)

$(OBJECTS) $(ASAN_OBJECTS): Makefile $(BUILD)/packages

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/asan/%.o: src/%.c
	@mkdir -p $(@D)
	@echo '  ASAN  $<'
	$(Q)$(CC) $(ALL_CFLAGS) $(ASAN_FLAGS) -MMD -MP -c -o $@ $<

# The tools in the binary: a table of name, start and size.
$(BUILD)/tools.S: $(TOOLS) Makefile
	@mkdir -p $(@D)
	@{ echo '.section .rodata'; n=0; \
	for f in $(TOOLS); do n=$$((n+1)); b=$$(basename $$f .bt); \
		echo "name_$$n: .asciz \"$$b\""; echo "start_$$n: .incbin \"$$f\""; echo "end_$$n:"; done; \
	echo '.section .data.rel.ro,"aw"'; echo '.balign 8'; echo '.globl embedded_tools'; echo 'embedded_tools:'; n=0; \
	for f in $(TOOLS); do n=$$((n+1)); echo ".quad name_$$n, start_$$n, end_$$n - start_$$n"; done; \
	echo '.globl embedded_tool_count'; echo "embedded_tool_count: .quad $$n"; \
	echo '.section .note.GNU-stack,"",@progbits'; } > $@

$(BUILD)/obj/tools.o $(BUILD)/asan/tools.o: $(BUILD)/tools.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

# Unit tests: one program each, with the sanitizers, linked with all of sonde but main.
$(BUILD)/test/%: test/%.c $(filter-out $(BUILD)/asan/cmd/main.o,$(ASAN_OBJECTS)) test/test.h
	@mkdir -p $(@D)
	@echo '  TEST  $<'
	$(Q)$(CC) $(ALL_CFLAGS) $(ASAN_FLAGS) -Itest -o $@ $(filter %.c %.o,$^) $(LIBS)

$(BUILD)/fuzz/%: test/%.c $(SOURCES) $(HEADERS) $(BUILD)/tools.S
	@mkdir -p $(@D)
	@echo '  FUZZ  $<'
	$(Q)clang -std=gnu17 -Isrc -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address -o $@ $< \
		$(filter-out src/cmd/main.c,$(SOURCES)) $(BUILD)/tools.S $(LIBS)

$(BUILD)/helper/%: test/helper/%.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(ALL_CFLAGS) -fno-omit-frame-pointer -rdynamic -o $@ $<

# The agent's part alone, with musl: base and target use libc and nothing else.
$(BUILD)/agent-musl: test/target/agent.c $(wildcard src/base/*.c src/target/*.c) $(HEADERS)
	@mkdir -p $(@D)
	@echo '  MUSL  $@'
	$(Q)musl-gcc -std=gnu17 $(WARNINGS) -Isrc -D_GNU_SOURCE -O2 -static -idirafter /usr/include \
		-idirafter /usr/include/$(shell $(CC) -dumpmachine) -o $@ $(filter %.c,$^)

# Missing packages: installed when root, else named in one line.
$(BUILD)/packages: packages
	@mkdir -p $(@D)
	@./packages build
	@touch $@

run: $(BUILD)/sonde
	@$(BUILD)/sonde opensnoop

check: export BUILD := $(BUILD)
check:
	@./packages build check
	@$(MAKE) --no-print-directory -j$$(nproc) check-build
	@test/run

check-build: $(BUILD)/sonde $(BUILD)/sonde-asan $(UNIT) $(HELPERS) $(BUILD)/agent-musl

bench:
	@./packages build bench
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/sonde
	@bench/run

fuzz:
	@./packages build fuzz
	@$(MAKE) --no-print-directory -j$$(nproc) $(FUZZ)
	@for f in $(FUZZ); do mkdir -p $$f.corpus; echo "== $$f"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -close_fd_mask=3 -timeout=10 $$f.corpus || exit 1; done

man: $(BUILD)/sonde
	@mkdir -p $(BUILD)/man
	@$(BUILD)/sonde man > $(BUILD)/man/sonde.8
	@for f in $(notdir $(TOOLS:.bt=)); do $(BUILD)/sonde man $$f > $(BUILD)/man/sonde-$$f.8; done

install: $(BUILD)/sonde man
	install -D -m 755 $(BUILD)/sonde $(DESTDIR)$(PREFIX)/bin/sonde
	for f in $(BUILD)/man/*.8; do install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $$f; done

compile_commands.json: Makefile $(SOURCES)
	@{ echo '['; s=; for f in $(SOURCES); do \
		printf '%s{"directory": "%s", "file": "%s", "command": "%s"}' "$$s" '$(CURDIR)' "$$f" \
			'$(CC) $(filter-out -Werror,$(ALL_CFLAGS)) -c '"$$f"; s=',\n'; done; echo; echo ']'; } > $@

format:
	clang-format -i $(SOURCES)

clean:
	rm -rf $(BUILD) compile_commands.json

-include $(OBJECTS:.o=.d) $(ASAN_OBJECTS:.o=.d)
.PHONY: all run check check-build bench fuzz man install format clean
.DELETE_ON_ERROR:
