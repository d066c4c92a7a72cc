# sonde: make, make run, make check, make bench, make install, make fuzz, make clean
CC ?= gcc
BUILD ?= build
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu17 -Wall -Wextra -Werror -Isrc -D_GNU_SOURCE -ffunction-sections -fdata-sections $(CFLAGS)
LIBS = -lelf -lz -lzstd
LAYERS = base target type lang code trace view cmd
SOURCES = $(foreach layer,$(LAYERS),$(wildcard src/$(layer)/*.c))
OBJECTS = $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
LIBRARY = $(filter-out $(BUILD)/obj/cmd/main.o,$(OBJECTS))

all: $(BUILD)/sonde

$(BUILD)/sonde: $(OBJECTS)
	$(CC) -static -Wl,--gc-sections -o $@.debug $(OBJECTS) $(LIBS)
	strip -o $@ $@.debug

$(BUILD)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/test/%: test/%.c $(LIBRARY) test/test.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itest -MMD -MP -MF $@.d -o $@ $< $(LIBRARY) $(LIBS)

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d)
.PHONY: all clean
