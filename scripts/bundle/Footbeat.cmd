@echo off
rem Starts Footbeat. The first run makes an environment in this folder from the wheels beside it.
rem No network and no administrator rights are needed; Python @PYTHON@ must be installed.
setlocal
set "HERE=%~dp0"
set "PYTHONUTF8=1"
set "ENVIRONMENT=%HERE%environment"
if exist "%ENVIRONMENT%\ready-@VERSION@" goto run

py -@PYTHON@ --version >nul 2>&1
if errorlevel 1 (
    echo Footbeat must have Python @PYTHON@. It was not found. Ask for "Python @PYTHON@" in the software catalogue.
    pause
    exit /b 1
)
echo Making the environment. This happens once and takes a few minutes.
py -@PYTHON@ -m venv "%ENVIRONMENT%" || goto failed
"%ENVIRONMENT%\Scripts\python.exe" -m pip install --quiet --no-index --find-links "%HERE%wheels" footbeat==@VERSION@ || goto failed
type nul > "%ENVIRONMENT%\ready-@VERSION@"

:run
if "%~1"=="" (
    rem The web application is not built yet: a window with the commands instead.
    "%ENVIRONMENT%\Scripts\footbeat.exe" --help
    echo.
    echo Type a command, such as:  footbeat demo --out demo
    set "PATH=%ENVIRONMENT%\Scripts;%PATH%"
    cmd /k
    exit /b 0
)
"%ENVIRONMENT%\Scripts\footbeat.exe" %*
exit /b %errorlevel%

:failed
echo The environment cannot be made. What was done so far is in "%ENVIRONMENT%": delete that folder and try again.
pause
exit /b 1
